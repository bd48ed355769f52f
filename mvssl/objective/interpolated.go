package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// Interpolated returns the bound between InfoNCE and TUBA (Poole et al., 2019, equation 15;
// google-research vbmi, interpolated_lower_bound) of scores, with a baseline for each row,
// whose logarithms (k) are given, and α in [0, 1]: 0 is TUBA's, 1 has the mean over the
// batch for baseline. With m_ij = log mean_{l≠j} e^{s_il} and b_ij = log( α·e^{m_ij} + (1−α)·a_i ),
//
//	1 + mean_{i≠j} (s_ii − b_ij) − mean_{i≠j} e^{s_ij − b_ii}
//
// a lower bound in expectation: α trades bias for variance. It panics with a
// *tensor.ShapeError unless there is a baseline for each row. The baseline is a
// constant. Memory is O(k²).
func Interpolated[T Float](s *Scores[T], logBaseline *tensor.Tensor[T], alpha float64) *autograd.Var[T] {
	if shape := logBaseline.Shape(); len(shape) != 1 || shape[0] != s.k {
		tensor.Refuse("objective.Interpolated", "a baseline for each row is needed", shape)
	}
	log := tensor.Contiguous(tensor.Convert[float64](logBaseline)).Data()
	rows := make([]interpolatedRow, s.k)
	joint, product := make([]float64, s.k), make([]float64, s.k)
	s.rows(func(i int, row []float64) {
		r := newInterpolatedRow(i, row, log[i], alpha)
		rows[i] = r
		for j, v := range row {
			if j != i {
				joint[i] += (row[i] - r.baselines[j]) / s.others()
				product[i] += math.Exp(v-r.baselines[i]) / s.others()
			}
		}
	})
	return s.function(1+sum(joint)-sum(product), func(i, j int, v float64) float64 {
		// Each score is a share of the baselines of the other places of its row.
		share := alpha / float64(s.k-1)
		slope := -math.Exp(v+rows[i].inverse[j]+math.Log(share)) / s.others()
		if i == j {
			return slope + 1/float64(s.k)
		}
		return slope + math.Exp(v-rows[i].baselines[i])*(share*product[i]-1/s.others())
	})
}

// interpolatedRow is what the gradient of row i needs: b_ij, and for each j the logarithm of
// Σ e^{−b_il} over l that are neither i nor j.
type interpolatedRow struct{ baselines, inverse []float64 }

func newInterpolatedRow(i int, row []float64, log, alpha float64) interpolatedRow {
	b := leaveOneOut(row)
	negative := make([]float64, len(b))
	for j, v := range b {
		mean := v - math.Log(float64(len(row)-1))
		b[j] = logAddExp(math.Log(alpha)+mean, math.Log1p(-alpha)+log)
		negative[j] = -b[j]
	}
	negative[i] = math.Inf(-1)
	return interpolatedRow{b, leaveOneOut(negative)}
}

// leaveOneOut returns for each j log Σ_{l≠j} e^{x_l}: of those before it and those behind
// it, so that nothing cancels.
func leaveOneOut(x []float64) []float64 {
	logs := make([]float64, len(x))
	before, behind := math.Inf(-1), math.Inf(-1)
	for j, v := range x {
		logs[j] = before
		before = logAddExp(before, v)
	}
	for j := len(x) - 1; j >= 0; j-- {
		logs[j] = logAddExp(logs[j], behind)
		behind = logAddExp(behind, x[j])
	}
	return logs
}
