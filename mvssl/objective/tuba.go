package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// TUBA returns the unnormalized bound of Barber and Agakov (Poole et al., 2019, equation 8)
// of scores, with a baseline a_i > 0 for each row, whose logarithms (k) are given:
//
//	1 + mean_i (s_ii − log a_i) − mean_{i≠j} e^{s_ij}/a_i
//
// a lower bound in expectation, whatever the baseline, as long as a_i goes by what all of
// row i shares; NWJ is a = e. It is unbiased for what critic and baseline are worth, and its
// variance grows with e^I as NWJ's. It panics with a *tensor.ShapeError unless there is a
// baseline for each row.
func TUBA[T Float](s *Scores[T], logBaseline *autograd.Var[T]) *autograd.Var[T] {
	if shape := logBaseline.Value.Shape(); len(shape) != 1 || shape[0] != s.k {
		tensor.Refuse("objective.TUBA", "a baseline for each row is needed", shape)
	}
	log := tensor.Contiguous(tensor.Convert[float64](logBaseline.Value)).Data()
	own, rest := make([]float64, s.k), make([]float64, s.k)
	s.rows(func(i int, row []float64) {
		own[i] = row[i] - log[i]
		for j, v := range row {
			if j != i {
				rest[i] += math.Exp(v-log[i]) / s.others()
			}
		}
	})
	scores := s.function(1+sum(own)/float64(s.k)-sum(rest), func(i, j int, v float64) float64 {
		if i == j {
			return 1 / float64(s.k)
		}
		return -math.Exp(v-log[i]) / s.others()
	})
	// The baseline's own gradient, of a term that is 0.
	return autograd.Add(scores, autograd.Function(tensor.Scalar(T(0)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i := range dst[0].Data() {
			dst[0].Data()[i] = T(float64(g.Item()) * (rest[i] - 1/float64(s.k)))
		}
	}, logBaseline))
}
