package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
)

// SMILE returns the estimate of Song and Ermon (2020), arXiv:1910.06222, of scores,
//
//	mean_i s_ii − log mean_{i≠j} e^{clip(s_ij, −τ, τ)}
//
// with [JS]'s gradient, as the authors' code has it. The clip, at τ > 0 or +Inf for none,
// bounds the variance, and makes the estimate neither a lower nor an upper bound.
func SMILE[T Float](s *Scores[T], tau float64) *autograd.Var[T] {
	own, rest := make([]float64, s.k), make([]float64, s.k)
	s.rows(func(i int, row []float64) {
		own[i] = row[i]
		row = append(row[:i], row[i+1:]...)
		for j, v := range row {
			row[j] = min(max(v, -tau), tau)
		}
		rest[i] = simd.LogSumExp(row)
	})
	value := sum(own)/float64(s.k) - (simd.LogSumExp(rest) - math.Log(s.others()))
	return s.function(value, s.perPair(jsJoint, jsProduct))
}
