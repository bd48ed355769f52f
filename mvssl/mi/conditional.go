package mi

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// conditional is what a density q(y|x) makes of k pairs: a kernel of concentration kappa
// around a center for each y.
type conditional struct {
	centers, y *autograd.Var[float64] // (k, d), without gradients
	kappa      float64
	sphere     bool     // von Mises–Fisher; else normal with variance 1/κ in each coordinate
	entropy    *float64 // of Y, where it is known
}

// reconstruction is mean_i log q(y_i|x_i).
func (c *conditional) reconstruction() float64 {
	if c.sphere {
		return -objective.ReconstructionSphere(c.centers, c.y, c.kappa, objective.Exact).Value.Item()
	}
	return -objective.ReconstructionPlane(c.centers, c.y, c.kappa).Value.Item()
}

// kde returns ER with the entropy by kernels of the conditional's own κ.
func kde(self objective.Self) func(c *conditional) float64 {
	return func(c *conditional) float64 {
		if c.sphere {
			return objective.EntropySphere(c.y, objective.EntropyConfig{Kappa: c.kappa, Self: self}).Value.Item() + c.reconstruction()
		}
		return objective.EntropyPlane(c.y, c.kappa, self).Value.Item() + c.reconstruction()
	}
}

func nearest(c *conditional) float64 {
	m := c.y.Value.Dim(1)
	if c.sphere {
		m--
	}
	return objective.EntropyNearest(c.y, m).Value.Item() + c.reconstruction()
}

// logDetNoise is the variance that the second moments are given, over d: next to none.
const logDetNoise = 1e-6

func logDet(c *conditional) float64 {
	return objective.EntropyGaussian(c.y, logDetNoise).Value.Item() + c.reconstruction()
}

func club(c *conditional) float64 {
	return objective.CLUB(objective.ScoreMatrix(c.logs())).Value.Item()
}

// logs returns log q(y_j|x_i) but for a constant.
func (c *conditional) logs() *autograd.Var[float64] {
	x, y := c.centers.Value, c.y.Value
	k, d := y.Dim(0), y.Dim(1)
	s := tensor.New[float64](k, k)
	for i := range k {
		for j := range k {
			square := 0.0
			for l := range d {
				square += math.Pow(x.At(i, l)-y.At(j, l), 2)
			}
			s.Set(-c.kappa/2*square, i, j) // on the sphere κ·cos − κ
		}
	}
	return &autograd.Var[float64]{Value: s}
}
