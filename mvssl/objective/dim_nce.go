package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
)

// DIMNCE returns the loss of local Deep InfoMax by InfoNCE, of global features (k, u) and
// local ones (k, p, u). With u_nmp = ⟨global_n, local_mp⟩, not normalized, each place of
// an image is a positive once, against all places of the other images:
//
//	mean_{n,p} −log( e^{u_nnp} / ( e^{u_nnp} + Σ_{m≠n,q} e^{u_nmq} ) )
//
// Hjelm et al. (2019), arXiv:1808.06670, equation 5; rdevon/DIM dim_losses.py,
// infonce_loss. That file subtracts 10 from the scores with the image's other places, so
// that e^{−10} of each enters; here they do not enter at all. It streams. It panics with a
// *tensor.ShapeError unless there are two images at least, and as many and as wide
// features of both kinds.
func DIMNCE[T Float](global, local *autograd.Var[T]) *autograd.Var[T] {
	c := newCritic("objective.DIMNCE", global, local)
	scale := 1 / float64(c.k*c.p)
	rows, negatives, missed := make([]float64, c.k), make([]float64, c.k), make([]float64, c.k)
	c.rows(func(n int, scores []float64) {
		own, others := c.split(n, scores)
		negatives[n] = simd.LogSumExp(others)
		for _, u := range own {
			rows[n] += scale * softplus(negatives[n]-u)
			missed[n] += scale * logistic(negatives[n]-u)
		}
	})
	slope := func(n, place int, u float64) float64 {
		if c.own(n, place) {
			return -scale * logistic(negatives[n]-u)
		}
		return missed[n] * math.Exp(u-negatives[n])
	}
	return c.loss(sum(rows), slope, global, local)
}
