package objective

import (
	"math"

	"entrec/autograd"
)

// DV returns the Donsker–Varadhan estimate of scores,
//
//	mean_i s_ii − log mean_{i≠j} e^{s_ij}
//
// (Belghazi et al., 2018; Poole et al., 2019). Of distributions it is a lower bound; of a
// batch it is none, in expectation either: the logarithm of a mean errs downward, and so
// the estimate upward. Its variance grows with e^I.
func DV[T Float](s *Scores[T]) *autograd.Var[T] {
	joint, log := s.terms()
	return s.function(joint-log, s.perPair(one, func(v float64) float64 { return -math.Exp(v - log) }))
}
