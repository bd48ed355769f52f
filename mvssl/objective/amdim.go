package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
)

// AMDIM returns the loss of augmented multiscale Deep InfoMax between two of its scales:
// features r1 (k, u) of one view of k images, and r5 (k, p, u) at p places of the other
// view. With s_nmq = ⟨r1_n, r5_mq⟩/√u and c = clip·tanh(s/clip), each place of an image is a
// positive once, against all places of the other images:
//
//	mean_{n,q} −log( e^{c_nnq} / ( e^{c_nnq} + Σ_{m≠n,j} e^{c_nmj} ) ) + weight·mean_{n,m,q} s_nmq²
//
// Bachman et al. (2019), arXiv:1906.00910; Philip-Bachman/amdim-public costs.py, with clip
// 20 and weight 0.05. It is [DIMNCE] of the clipped scores, which bounds them, and a
// penalty that keeps them from the clip's flat ends. It streams. It panics with a
// *tensor.ShapeError unless there are two images at least, and as many and as wide
// features of both kinds.
func AMDIM[T Float](r1, r5 *autograd.Var[T], clip, weight float64) *autograd.Var[T] {
	c := newCritic("objective.AMDIM", r1, r5)
	root := math.Sqrt(float64(c.u))
	scale, penalty := 1/float64(c.k*c.p), weight/float64(c.k*c.k*c.p)
	rows, negatives, missed := make([]float64, c.k), make([]float64, c.k), make([]float64, c.k)
	c.rows(func(n int, scores []float64) {
		for place, u := range scores {
			s := u / root
			rows[n] += penalty * s * s
			scores[place] = clip * math.Tanh(s/clip)
		}
		own, others := c.split(n, scores)
		negatives[n] = simd.LogSumExp(others)
		for _, v := range own {
			rows[n] += scale * softplus(negatives[n]-v)
			missed[n] += scale * logistic(negatives[n]-v)
		}
	})
	slope := func(n, place int, u float64) float64 {
		s := u / root
		tanh := math.Tanh(s / clip)
		v := clip * tanh
		nce := missed[n] * math.Exp(v-negatives[n])
		if c.own(n, place) {
			nce = -scale * logistic(negatives[n]-v)
		}
		return (nce*(1-tanh)*(1+tanh) + 2*penalty*s) / root
	}
	return c.loss(sum(rows), slope, r1, r5)
}
