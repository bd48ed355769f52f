package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// BarlowTwins returns the loss of projections z1, z2 (k, d) whose correlations
// over the batch are to be the identity: with the columns standardized,
// ẑ = (z − mean)/√(variance + eps), biased variance, and C = ẑ1ᵀ·ẑ2/k (d, d),
//
//	Σ_i (1 − C_ii)² + lambda·Σ_{i≠j} C_ij²
//
// Zbontar et al. (2021), equation 1; facebookresearch/barlowtwins main.py, with
// lambda 0.0051 and batch norm's eps 10⁻⁵. It panics with a *tensor.ShapeError
// unless both are equal matrices with at least two rows.
//
// What lies off the diagonal is a product of matrices in T, forward and backward;
// the diagonal, whose 1 − C_ii cancels where training succeeds, is float64.
func BarlowTwins[T Float](z1, z2 *autograd.Var[T], lambda, eps float64) *autograd.Var[T] {
	check("objective.BarlowTwins", 2, z1, z2)
	a, b := newColumns(z1.Value), newColumns(z2.Value)
	invA, invB := inverseRoots(a.variance, eps), inverseRoots(b.variance, eps)
	normalA, normalB := a.scaled(invA), b.scaled(invB)
	k, d := float64(a.k), a.d
	c := tensor.New[T](d, d)
	tensor.MatMulTo(c, normalA, normalB, tensor.Trans, tensor.NoTrans)
	simd.Scale(c.Data(), c.Data(), T(1/k))
	rest := make([]float64, d) // 1 − C_ii
	a.each(func(i, j int) { rest[j] += a.centered(i, j) * b.centered(i, j) })
	for j := range rest {
		rest[j] = 1 - rest[j]*invA[j]*invB[j]/k
	}
	loss := dot(rest, rest) + lambda*offDiagonal(c)
	return autograd.Function(tensor.Scalar(T(loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := 2 * float64(g.Item()) / k
		// grad stores the gradient of of's values: h is that of ẑ off the diagonal.
		grad := func(dst, h *tensor.Tensor[T], of, other *columns[T], inv, invOther []float64) {
			full := func(i, j int) float64 {
				return scale * (lambda*float64(h.Data()[i*d+j]) - rest[j]*other.centered(i, j)*invOther[j])
			}
			mean, along := make([]float64, d), make([]float64, d)
			of.each(func(i, j int) {
				mean[j] += full(i, j) / k
				along[j] += full(i, j) * of.centered(i, j) * inv[j] / k
			})
			of.each(func(i, j int) {
				dst.Data()[i*d+j] = T(inv[j] * (full(i, j) - mean[j] - of.centered(i, j)*inv[j]*along[j]))
			})
		}
		h := tensor.New[T](a.k, d)
		if dst[0] != nil {
			tensor.MatMulTo(h, normalB, c, tensor.NoTrans, tensor.Trans)
			grad(dst[0], h, a, b, invA, invB)
		}
		if dst[1] != nil {
			tensor.MatMulTo(h, normalA, c, tensor.NoTrans, tensor.NoTrans)
			grad(dst[1], h, b, a, invB, invA)
		}
	}, z1, z2)
}
