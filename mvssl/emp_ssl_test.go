package mvssl

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// empSSLMistake is what a definition of emp-ssl's loss may have wrong.
type empSSLMistake struct{ pooled, summed, product, raw, eps, samples bool }

// empSSLLoss is the official loss (tsb0601/EMP-SSL main.py, loss.py) of crops (n, d) each,
// with d·d determinants, or with a mistake.
func empSSLLoss(crops []*mat.Dense, weight, eps float64, wrong empSSLMistake) float64 {
	n, d := crops[0].Dims()
	v := float64(len(crops))
	rate := func(z *mat.Dense, scale float64) float64 {
		var m mat.Dense
		m.Mul(z.T(), z)
		m.Scale(scale, &m)
		for j := range d {
			m.Set(j, j, m.At(j, j)+1)
		}
		value, _ := mat.LogDet(&m)
		return value / 2
	}
	scale := float64(d) / (float64(n) * eps)
	if wrong.eps {
		scale = 1 / (float64(n) * eps)
	}
	if wrong.samples {
		scale /= v
	}
	mean, all, rates, cosine := mat.NewDense(n, d, nil), new(mat.Dense), 0.0, 0.0
	var units []*mat.Dense
	for _, z := range crops {
		u := mat.DenseCopyOf(z)
		for i := range n {
			if row := u.RowView(i).(*mat.VecDense); !wrong.raw {
				row.ScaleVec(1/mat.Norm(row, 2), row)
			}
		}
		units = append(units, u)
		mean.Add(mean, u)
		rates += rate(u, scale) / v
		if stacked := new(mat.Dense); all.IsEmpty() {
			all = u
		} else {
			stacked.Stack(all, u)
			all = stacked
		}
	}
	mean.Scale(1/v, mean)
	for _, u := range units {
		for i := range n {
			a, b := u.RowView(i), mean.RowView(i)
			by := mat.Norm(a, 2) * mat.Norm(b, 2)
			if wrong.product {
				by = 1
			}
			cosine += mat.Dot(a, b) / by / (float64(n) * v)
		}
	}
	switch {
	case wrong.pooled:
		rates = rate(all, scale/v)
	case wrong.summed:
		rates *= v
	}
	return -weight*cosine - rates
}

// TestEMPSSL: the loss is the official one of three crops, and none of those that are
// easily taken for it.
func TestEMPSSL(t *testing.T) {
	const n, d, weight, eps = 7, 5, 200, 0.2
	rng := rand.New(rand.NewPCG(1, 2))
	var crops []*mat.Dense
	var vars []*autograd.Var[float64]
	tape := autograd.NewFrozenTape[float64]()
	image := make([]float64, n*d)
	for i := range image {
		image[i] = 2 * rng.NormFloat64()
	}
	for range 3 {
		x := tensor.New[float64](n, d)
		for i := range x.Data() {
			x.Data()[i] = image[i] + rng.NormFloat64()
		}
		crops, vars = append(crops, mat.NewDense(n, d, x.Data())), append(vars, tape.Constant(x))
	}
	o := empSSL[float64]{EMPSSL{weight, eps}, d}
	found := o.LossOf(vars)
	require.InEpsilon(t, empSSLLoss(crops, weight, eps, empSSLMistake{}), item(found.Loss), 1e-13)
	require.InEpsilon(t, empSSLLoss(crops[:2], weight, eps, empSSLMistake{}), item(o.Loss(vars[0], vars[1]).Loss), 1e-13)
	require.InEpsilon(t, item(found.Loss), -found.Terms[0].Value-weight*found.Terms[1].Value, 1e-13)
	for name, wrong := range map[string]empSSLMistake{
		"the rate of all crops together":                {pooled: true},
		"the sum of the crops' rates":                   {summed: true},
		"the product with the mean, not the cosine":     {product: true},
		"rows as they are":                              {raw: true},
		"noise of variance eps, not eps/d":              {eps: true},
		"the rate's samples counted once for all crops": {samples: true},
	} {
		require.Greater(t, math.Abs(empSSLLoss(crops, weight, eps, wrong)-item(found.Loss)), 0.1, name)
	}
	require.NotEqual(t, item(found.Loss), item(empSSL[float64]{EMPSSL{weight, 0.1}, d}.LossOf(vars).Loss), "another eps")
}

// TestEMPSSLMean: the gradient by a crop is that of its cosine with a mean that is held,
// over the crops: it does not matter whether gradients are stopped there.
func TestEMPSSLMean(t *testing.T) {
	const n, d, crops, weight = 4, 5, 3, 10.
	rng := rand.New(rand.NewPCG(1, 2))
	tape := autograd.NewTape[float64]()
	var z []*autograd.Var[float64]
	for range crops {
		x := tensor.New[float64](n, d)
		for i := range x.Data() {
			x.Data()[i] = rng.NormFloat64()
		}
		z = append(z, tape.Leaf(x))
	}
	gradients := func(loss func(crops []*autograd.Var[float64]) *autograd.Var[float64]) (all []float64) {
		for _, v := range z {
			v.ZeroGrad()
		}
		tape.Backward(loss(z))
		for _, v := range z {
			all = append(all, v.Grad.Data()...)
		}
		return all
	}
	o := empSSL[float64]{EMPSSL{weight, 0.2}, d}
	found := gradients(func(z []*autograd.Var[float64]) *autograd.Var[float64] { return o.LossOf(z).Loss })
	stopped := gradients(func(z []*autograd.Var[float64]) *autograd.Var[float64] {
		mean := tape.Constant(tensor.New[float64](n, d))
		for _, v := range z {
			mean = autograd.Add(mean, autograd.Normalize(v, normalizeEps))
		}
		mean = tape.Constant(autograd.Normalize(mean, normalizeEps).Value)
		sum := tape.Constant(tensor.Scalar(0.))
		for _, v := range z {
			u := autograd.Normalize(v, normalizeEps)
			cosine := autograd.Scale(autograd.Sum(autograd.Mul(u, mean)), weight/n)
			sum = autograd.Sub(sum, autograd.Scale(autograd.Add(cosine, objective.CodingRate(u, 0.2)), 1./crops))
		}
		return sum
	})
	require.InDeltaSlice(t, stopped, found, 1e-13)
}

// TestEMPSSLCollapsed: of crops in one direction the loss is the one that is known.
func TestEMPSSLCollapsed(t *testing.T) {
	tape := autograd.NewFrozenTape[float64]()
	var crops []*autograd.Var[float64]
	for v := range 3 {
		x := tensor.New[float64](6, 4)
		for i := range x.Data() {
			x.Data()[i] = float64(v+1) * float64(1+i%4)
		}
		crops = append(crops, tape.Constant(x))
	}
	o := empSSL[float64]{EMPSSL{7, 0.3}, 4}
	want, known := o.CollapsedLoss()
	require.True(t, known)
	require.InEpsilon(t, want, item(o.LossOf(crops).Loss), 1e-12)
	require.InEpsilon(t, -7-math.Log(1+4/0.3)/2, want, 1e-12)
}
