package objective

import (
	"math"

	"entrec/autograd"
)

// MINE returns [DV]'s estimate of scores, and the logarithm of a running mean of e^{s_ij}
// over i ≠ j that takes the batch's own mean's place in the gradient (Belghazi et al.,
// 2018, section 3.2):
//
//	running ← decay·running + (1 − decay)·mean e^{s_ij},  gradient of mean_i s_ii − mean_{i≠j} e^{s_ij}/running
//
// logRunning is that of the batch before, −Inf before the first, whose own mean it then is;
// decay is in [0, 1). So the gradient's bias falls; the estimate is DV's, no bound.
func MINE[T Float](s *Scores[T], logRunning, decay float64) (estimate *autograd.Var[T], next float64) {
	joint, log := s.terms()
	next = log
	if !math.IsInf(logRunning, -1) {
		next = logAddExp(math.Log(decay)+logRunning, math.Log1p(-decay)+log)
	}
	return s.function(joint-log, s.perPair(one, func(v float64) float64 { return -math.Exp(v - next) })), next
}

// logAddExp returns log(e^a + e^b).
func logAddExp(a, b float64) float64 {
	if high := max(a, b); !math.IsInf(high, -1) {
		return high + math.Log1p(math.Exp(min(a, b)-high))
	}
	return a
}
