package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
)

// InfoNCEOf returns van den Oord et al.'s (2018) bound of scores,
//
//	log k + mean_i log( e^{s_ii} / Σ_j e^{s_ij} )
//
// never above log k, in any batch, and a lower bound in expectation. Where I is more, it is
// too low by I − log k at least, with little variance. [InfoNCE] is log k less this one of
// cosines over the temperature.
func InfoNCEOf[T Float](s *Scores[T]) *autograd.Var[T] {
	k := float64(s.k)
	own, logs := make([]float64, s.k), make([]float64, s.k)
	s.rows(func(i int, row []float64) {
		v := row[i]
		rest := simd.LogSumExp(append(row[:i], row[i+1:]...))
		own[i] = -softplus(rest - v)
		logs[i] = logAddExp(rest, v)
	})
	return s.function(math.Log(k)+sum(own)/k, func(i, j int, v float64) float64 {
		p := math.Exp(v - logs[i])
		if i == j {
			return -math.Expm1(v-logs[i]) / k
		}
		return -p / k
	})
}
