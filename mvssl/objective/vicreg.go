package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// VICRegConfig weighs the three terms of [VICReg]: 25, 25 and 1 in the paper.
type VICRegConfig struct {
	Sim, Std, Cov float64
	Eps           float64 // added to the variance, 10⁻⁴
}

// VICReg returns the loss of projections z1, z2 (k, d) that keeps the views alike
// (invariance), each column spread (variance) and the columns uncorrelated
// (covariance): with σ = √(unbiased variance + eps) of each column and Cov the
// covariance over the batch with k − 1,
//
//	sim·mean (z1 − z2)²
//	+ std·½·( mean_j max(0, 1 − σ1_j) + mean_j max(0, 1 − σ2_j) )
//	+ cov·( Σ_{i≠j} Cov1_ij²/d + Σ_{i≠j} Cov2_ij²/d )
//
// Bardes et al. (2022), equation 6; facebookresearch/vicreg main_vicreg.py, which
// halves the variances. It panics with a *tensor.ShapeError unless both are equal
// matrices with at least two rows.
func VICReg[T Float](z1, z2 *autograd.Var[T], cfg VICRegConfig) *autograd.Var[T] {
	check("objective.VICReg", 2, z1, z2)
	a, b := newSpread(z1.Value, cfg.Eps), newSpread(z2.Value, cfg.Eps)
	k, d := float64(a.k), float64(a.d)
	squares := make([]float64, a.d)
	a.each(func(i, j int) {
		diff := float64(a.x[i*a.d+j]) - float64(b.x[i*a.d+j])
		squares[j] += diff * diff
	})
	loss := cfg.Sim*sum(squares)/(k*d) + cfg.Std*(a.hinge+b.hinge)/(2*d) + cfg.Cov*(a.offDiagonal+b.offDiagonal)/d
	return autograd.Function(tensor.Scalar(T(loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := float64(g.Item())
		grad := func(dst *tensor.Tensor[T], of, other *spread[T]) {
			if dst == nil {
				return
			}
			h := tensor.New[T](of.k, of.d)
			tensor.MatMulTo(h, of.centredValues, of.cov, tensor.NoTrans, tensor.NoTrans)
			of.each(func(i, j int) {
				at := i*of.d + j
				v := cfg.Sim * 2 / (k * d) * (float64(of.x[at]) - float64(other.x[at]))
				if of.sigma[j] < 1 {
					v -= cfg.Std / (2 * d) * of.centered(i, j) / ((k - 1) * of.sigma[j])
				}
				v += cfg.Cov * 4 / (d * (k - 1)) * float64(h.Data()[at])
				dst.Data()[at] = T(scale * v)
			})
		}
		grad(dst[0], a, b)
		grad(dst[1], b, a)
	}, z1, z2)
}

// spread is what VICReg's variance and covariance terms need of one view.
type spread[T Float] struct {
	*columns[T]
	sigma         []float64
	hinge         float64 // Σ_j max(0, 1 − σ_j)
	centredValues *tensor.Tensor[T]
	cov           *tensor.Tensor[T] // with a diagonal of 0
	offDiagonal   float64           // Σ cov²
}

func newSpread[T Float](z *tensor.Tensor[T], eps float64) *spread[T] {
	s := &spread[T]{columns: newColumns(z)}
	one := make([]float64, s.d)
	free := float64(s.k - 1)
	for j, v := range s.variance {
		one[j] = 1
		s.sigma = append(s.sigma, math.Sqrt(v*float64(s.k)/free+eps))
		s.hinge += max(0, 1-s.sigma[j])
	}
	s.centredValues = s.scaled(one)
	s.cov = tensor.New[T](s.d, s.d)
	tensor.MatMulTo(s.cov, s.centredValues, s.centredValues, tensor.Trans, tensor.NoTrans)
	simd.Scale(s.cov.Data(), s.cov.Data(), T(1/free))
	s.offDiagonal = offDiagonal(s.cov)
	return s
}
