package objective

import "entrec/autograd"

// CLUB returns the contrastive log-ratio upper bound (Cheng et al., 2020, arXiv:2006.12013)
// of scores that are log-densities s_ij = log q(y_j|x_i),
//
//	mean_i s_ii − mean_{i,j} s_ij
//
// over all j, i among them. An upper bound in expectation where q is the true conditional:
// (1 − 1/k)·(I + KL(p(x)·p(y) ‖ p(x,y))), far above at much information. With a q that is
// fitted it is an estimate, and may lie below. Its variance falls with k.
func CLUB[T Float](s *Scores[T]) *autograd.Var[T] {
	k := float64(s.k)
	own, all := make([]float64, s.k), make([]float64, s.k)
	s.rows(func(i int, row []float64) { own[i], all[i] = row[i], sum(row) })
	return s.function(sum(own)/k-sum(all)/(k*k), func(i, j int, _ float64) float64 {
		if i == j {
			return 1/k - 1/(k*k)
		}
		return -1 / (k * k)
	})
}
