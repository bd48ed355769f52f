package objective

import (
	"math"

	"entrec/autograd"
)

// DIMJSD returns the loss of local Deep InfoMax by the Jensen–Shannon divergence, of
// global features (k, u) and local ones (k, p, u). With u_nmp = ⟨global_n, local_mp⟩, not
// normalized:
//
//	mean_{n≠m,p} softplus(u_nmp) + mean_{n,p} softplus(−u_nnp) − 2·log 2
//
// Hjelm et al. (2019), arXiv:1808.06670, equation 4; rdevon/DIM dim_losses.py,
// fenchel_dual_loss by JSD. Minus it bounds twice the divergence of the joint distribution
// from the product of the marginals, from below; it is no bound on the mutual
// information, with which only its optimum is shared: u = log p(l|g)/p(l). It streams. It
// panics with a *tensor.ShapeError unless there are two images at least, and as many and
// as wide features of both kinds.
func DIMJSD[T Float](global, local *autograd.Var[T]) *autograd.Var[T] {
	c := newCritic("objective.DIMJSD", global, local)
	positives, negatives := float64(c.k*c.p), float64(c.k*(c.k-1)*c.p)
	rows := make([]float64, c.k)
	c.rows(func(n int, scores []float64) {
		joint, product := 0.0, 0.0
		for place, u := range scores {
			if c.own(n, place) {
				joint += softplus(-u)
			} else {
				product += softplus(u)
			}
		}
		rows[n] = joint/positives + product/negatives
	})
	slope := func(n, place int, u float64) float64 {
		if c.own(n, place) {
			return -logistic(-u) / positives
		}
		return logistic(u) / negatives
	}
	return c.loss(sum(rows)-2*math.Ln2, slope, global, local)
}
