package objective

import (
	"math"

	"entrec/simd"
)

// contrast is the loss common to InfoNCE, NT-Xent and MoCo: with anchors a_i, their
// positives p_i and their negatives b_j, those that pairs does not skip,
//
//	mean_i −log( e^{scale·⟨a_i,p_i⟩} / ( e^{scale·⟨a_i,p_i⟩} + Σ_j e^{scale·⟨a_i,b_j⟩} ) )
//
// As log(1 + e^{log Σ_j e^{…} − scale·⟨a_i,p_i⟩}) it keeps its digits where the
// positive outweighs the negatives, which is what training does.
type contrast[T Float] struct {
	pairs     *similarities[T]
	a, b      []T
	positives func(i int) []T
	loss      float64
	miss      []float64 // the probability of the negatives together
	negatives []float64 // log Σ_j
}

func newContrast[T Float](pairs *similarities[T], a, b []T, positives func(i int) []T) *contrast[T] {
	c := &contrast[T]{pairs: pairs, a: a, b: b, positives: positives}
	c.negatives = pairs.logSums(a, b)
	n := len(c.negatives)
	losses := make([]float64, n)
	c.miss = make([]float64, n)
	blocks(n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			gap := c.negatives[i] - pairs.scale*dot(a[i*pairs.d:(i+1)*pairs.d], positives(i))
			losses[i] = softplus(gap)
			c.miss[i] = logistic(gap)
		}
	})
	c.loss = sum(losses) / float64(n)
	return c
}

// softplus returns log(1 + e^x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// logistic returns 1/(1 + e^{−x}).
func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// weights returns g times the derivative of the loss with respect to the
// negatives' S_ij.
func (c *contrast[T]) weights(g float64) *weights {
	scaled := make([]float64, len(c.miss))
	for i, m := range c.miss {
		scaled[i] = g * m / float64(len(c.miss))
	}
	return &weights{scaled, c.negatives}
}

// subtract takes from row i of dx what its positive has in the gradient: g times
// the probability missed, of which it may have two shares, times vector(i).
func (c *contrast[T]) subtract(dx []T, g float64, miss func(i int) float64, vector func(i int) []T) {
	d := c.pairs.d
	for i := range len(dx) / d {
		simd.Axpy(dx[i*d:(i+1)*d], T(-g*c.pairs.scale*miss(i)/float64(len(c.miss))), vector(i))
	}
}
