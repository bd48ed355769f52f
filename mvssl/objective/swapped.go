package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// SwappedPredictionConfig sets [SwappedPrediction].
type SwappedPredictionConfig struct {
	Temperature float64 // of the predictions, 0.1 in the paper
	Epsilon     float64 // of [Sinkhorn], 0.05
	Iterations  int     // of [Sinkhorn], 3
}

// SwappedPrediction returns SwAV's loss of the scores (k, c) of two views, in
// which the codes of one are predicted from the other: with
// p = softmax(scores/temperature) and q = [Sinkhorn](scores), a constant,
//
//	−½·mean_k( Σ_c q2·log p1 + Σ_c q1·log p2 )
//
// Caron et al. (2020), equations 1 and 2; facebookresearch/swav main_swav.py. It
// panics with a *tensor.ShapeError unless both are equal matrices with at least
// one row.
func SwappedPrediction[T Float](scores1, scores2 *autograd.Var[T], cfg SwappedPredictionConfig) *autograd.Var[T] {
	check("objective.SwappedPrediction", 1, scores1, scores2)
	codes := func(s *autograd.Var[T]) []float64 { return sinkhorn(s.Value, cfg.Epsilon, cfg.Iterations) }
	return predictCodes([]*autograd.Var[T]{scores1, scores2}, [][]float64{codes(scores2), codes(scores1)}, cfg.Temperature)
}

// predictCodes returns the mean over the views and their rows of
// −⟨code, log softmax(scores/temperature)⟩.
func predictCodes[T Float](scores []*autograd.Var[T], codes [][]float64, temperature float64) *autograd.Var[T] {
	k, c := scores[0].Value.Dim(0), scores[0].Value.Dim(1)
	n := float64(len(scores) * k)
	rows := func(view int, f func(i int, logp, code []float64)) {
		x := tensor.Contiguous(scores[view].Value).Data()
		blocks(k, func(lo, hi int) {
			logp := make([]float64, c)
			for i := lo; i < hi; i++ {
				logSoftmax(logp, x[i*c:(i+1)*c], temperature)
				f(i, logp, codes[view][i*c:(i+1)*c])
			}
		})
	}
	losses := make([]float64, k)
	for view := range scores {
		rows(view, func(i int, logp, code []float64) { losses[i] -= dot(code, logp) })
	}
	return autograd.Function(tensor.Scalar(T(sum(losses)/n)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := float64(g.Item()) / n / temperature
		for view := range scores {
			if dst[view] == nil {
				continue
			}
			rows(view, func(i int, logp, code []float64) {
				crossEntropyGrad(dst[view].Data()[i*c:(i+1)*c], logp, code, scale)
			})
		}
	}, scores...)
}
