package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// InfoNCE returns, for projections z1, z2 (k, d), whose rows it normalizes,
//
//	mean_i −log( e^{s_ii/τ} / Σ_j e^{s_ij/τ} ),  s = z1·z2ᵀ
//
// one direction of van den Oord et al. (2018), with τ the temperature. log k minus
// it is a lower bound on I(Z1; Z2), never above log k. It streams. It panics with
// a *tensor.ShapeError unless both are equal matrices with at least one row.
func InfoNCE[T Float](z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	check("objective.InfoNCE", 1, z1, z2)
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	a, b, d := z1.Value.Data(), z2.Value.Data(), z1.Value.Dim(1)
	row := func(x []T) func(i int) []T { return func(i int) []T { return x[i*d : (i+1)*d] } }
	c := newContrast(&similarities[T]{scale: 1 / temperature, d: d, skipSelf: true}, a, b, row(b))
	miss := func(i int) float64 { return c.miss[i] }
	return autograd.Function(tensor.Scalar(T(c.loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		w := c.weights(float64(g.Item()))
		if dst[0] != nil {
			c.pairs.weighted(dst[0].Data(), a, b, w, nil)
			c.subtract(dst[0].Data(), float64(g.Item()), miss, row(b))
		}
		if dst[1] != nil {
			c.pairs.weighted(dst[1].Data(), b, a, nil, w)
			c.subtract(dst[1].Data(), float64(g.Item()), miss, row(a))
		}
	}, z1, z2)
}
