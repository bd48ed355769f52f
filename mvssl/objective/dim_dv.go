package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
)

// DIMDV returns the loss of local Deep InfoMax by the Donsker–Varadhan representation, of
// global features (k, u) and local ones (k, p, u). With u_nmp = ⟨global_n, local_mp⟩, not
// normalized:
//
//	log mean_{n≠m,p} e^{u_nmp} − mean_{n,p} u_nnp
//
// Hjelm et al. (2019), arXiv:1808.06670, equation 3; rdevon/DIM dim_losses.py,
// donsker_varadhan_loss, which adds 10⁻⁶ within the logarithm. Minus its expectation over
// batches is no bound on the mutual information: the logarithm of a batch's mean errs
// upward. It streams. It panics with a *tensor.ShapeError unless there are two images at
// least, and as many and as wide features of both kinds.
func DIMDV[T Float](global, local *autograd.Var[T]) *autograd.Var[T] {
	c := newCritic("objective.DIMDV", global, local)
	positives, count := float64(c.k*c.p), float64(c.k*(c.k-1)*c.p)
	rows, negatives := make([]float64, c.k), make([]float64, c.k)
	c.rows(func(n int, scores []float64) {
		own, others := c.split(n, scores)
		rows[n] = sum(own) / positives
		negatives[n] = simd.LogSumExp(others)
	})
	total := simd.LogSumExp(negatives)
	slope := func(n, place int, u float64) float64 {
		if c.own(n, place) {
			return -1 / positives
		}
		return math.Exp(u - total)
	}
	return c.loss(total-math.Log(count)-sum(rows), slope, global, local)
}
