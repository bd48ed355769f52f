package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// NTXent returns SimCLR's loss of projections z1, z2 (k, d), whose rows it
// normalizes: of the 2k rows each is an anchor once, its other view the positive,
// among the 2k−1 others:
//
//	mean_i −log( e^{s_{i,p(i)}/τ} / Σ_{j≠i} e^{s_ij/τ} )
//
// Chen et al. (2020), equation 1; google-research/simclr objective.py, but for the
// mean over the 2k anchors in place of the sum of two means. It streams. It panics
// with a *tensor.ShapeError unless both are equal matrices with at least one row.
func NTXent[T Float](z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	check("objective.NTXent", 1, z1, z2)
	both := autograd.Normalize(autograd.Concat(0, z1, z2), normalizeEps)
	z, k, d := both.Value.Data(), z1.Value.Dim(0), z1.Value.Dim(1)
	other := func(i int) int { return (i + k) % (2 * k) }
	positive := func(i int) []T { return z[other(i)*d : (other(i)+1)*d] }
	c := newContrast(&similarities[T]{scale: 1 / temperature, d: d, skipSelf: true, halves: k}, z, z, positive)
	return autograd.Function(tensor.Scalar(T(c.loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		w := c.weights(float64(g.Item()))
		c.pairs.weighted(dst[0].Data(), z, z, w, w)
		c.subtract(dst[0].Data(), float64(g.Item()), func(i int) float64 { return c.miss[i] + c.miss[other(i)] }, positive)
	}, both)
}
