package objective

import (
	"math"

	"entrec/autograd"
)

// NWJ returns the estimate of Nguyen, Wainwright and Jordan (2010) of scores,
//
//	mean_i s_ii − mean_{i≠j} e^{s_ij − 1}
//
// also called f-GAN's KL and MINE-f: a lower bound in expectation, not in every batch, and
// unbiased for what the critic is worth. The best critic is 1 + log p(x,y)/(p(x)·p(y)). With
// it and k independent pairs of the product the variance is at least (e^I − 1)/k (Song and
// Ermon, 2020); all k·(k−1) pairs of a batch, which only share their ends, bring that down
// to (e^I − 1)/(k·(k−1)).
func NWJ[T Float](s *Scores[T]) *autograd.Var[T] {
	joint, log := s.terms()
	return s.function(joint-math.Exp(log-1), s.perPair(one, func(v float64) float64 { return -math.Exp(v - 1) }))
}
