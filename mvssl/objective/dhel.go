package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// DHEL returns the decoupled hyperspherical energy loss of projections z1, z2 (k, d),
// whose rows it normalizes:
//
//	mean_i( −s_ii/τ + log Σ_{j≠i} e^{⟨z1_i,z1_j⟩/τ} + log Σ_{j≠i} e^{⟨z2_i,z2_j⟩/τ} ),  s = z1·z2ᵀ
//
// Koromilas et al. (2024), arXiv:2405.18045. But for a constant it is [ER] with κ = 1/τ,
// the self term left out and the entropy weighted 2. It streams. It panics with a
// *tensor.ShapeError unless both are equal matrices with at least two rows.
func DHEL[T Float](z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	check("objective.DHEL", 2, z1, z2)
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	k, d := z1.Value.Dim(0), z1.Value.Dim(1)
	s := &similarities[T]{scale: 1 / temperature, d: d, skipSelf: true}
	views := [2][]T{z1.Value.Data(), z2.Value.Data()}
	var logs [2][]float64
	loss := -s.scale * dot(views[0], views[1])
	for i, x := range views {
		logs[i] = s.logSums(x, x)
		loss += sum(logs[i])
	}
	return autograd.Function(tensor.Scalar(T(loss/float64(k))), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		slope := float64(g.Item()) / float64(k)
		for i, x := range views {
			if dst[i] == nil {
				continue
			}
			dx := dst[i].Data()
			w := evenWeights(slope, logs[i])
			s.weighted(dx, x, x, w, w)
			simd.Axpy(dx, T(-slope*s.scale), views[1-i])
		}
	}, z1, z2)
}
