package objective

import (
	"math"

	"entrec/autograd"
)

// JS returns NWJ's estimate of scores, with the gradient of another objective: that of
//
//	mean_i −softplus(−s_ii) − mean_{i≠j} softplus(s_ij)
//
// a bound on the Jensen–Shannon divergence, which trains a critic with little variance
// (Poole et al., 2019; google-research vbmi). The critic that it trains is log p(x,y)/(p(x)·p(y)),
// NWJ's less 1, with which the estimate is I − 1/e. With another it is at most I, as NWJ's: a
// lower bound in expectation.
func JS[T Float](s *Scores[T]) *autograd.Var[T] {
	joint, log := s.terms()
	return s.function(joint-math.Exp(log-1), s.perPair(jsJoint, jsProduct))
}

// jsJoint and jsProduct are the derivatives of −softplus(−s) and of −softplus(s).
func jsJoint(s float64) float64   { return logistic(-s) }
func jsProduct(s float64) float64 { return -logistic(s) }
