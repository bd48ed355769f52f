package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// DCL returns the decoupled contrastive loss of projections z1, z2 (k, d), whose rows it
// normalizes: [NTXent] without the positive in the denominator. Of the 2k rows each is
// an anchor i once, its other view p(i) the positive, the 2k−2 others the negatives:
//
//	mean_i( −s_{i,p(i)}/τ + log Σ_{j≠i,p(i)} e^{s_ij/τ} )
//
// Yeh et al. (2022), arXiv:2110.06848, equation 6, with the mean over the 2k anchors in
// place of the sum. It streams. It panics with a *tensor.ShapeError unless both are equal
// matrices with at least two rows.
func DCL[T Float](z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	check("objective.DCL", 2, z1, z2)
	both := autograd.Normalize(autograd.Concat(0, z1, z2), normalizeEps)
	z, k, d := both.Value.Data(), z1.Value.Dim(0), z1.Value.Dim(1)
	s := &similarities[T]{scale: 1 / temperature, d: d, skipSelf: true, halves: k}
	logs := s.logSums(z, z)
	first, second := z[:k*d], z[k*d:]
	loss := (sum(logs) - 2*s.scale*dot(first, second)) / float64(2*k)
	return autograd.Function(tensor.Scalar(T(loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		slope := float64(g.Item()) / float64(2*k)
		dx := dst[0].Data()
		w := evenWeights(slope, logs)
		s.weighted(dx, z, z, w, w)
		pull := T(-2 * slope * s.scale)
		simd.Axpy(dx[:k*d], pull, second)
		simd.Axpy(dx[k*d:], pull, first)
	}, both)
}

// evenWeights weights the softmax of each row, whose logarithmic sums are logs, by one
// slope.
func evenWeights(slope float64, logs []float64) *weights {
	g := make([]float64, len(logs))
	for i := range g {
		g[i] = slope
	}
	return &weights{g, logs}
}
