package naive

import "entrec/reference/portable"

// SwappedPrediction returns, for the scores (k, c) of two views,
//
//	−½·mean_k( Σ_c q2·log p1 + Σ_c q1·log p2 )
//
// with p = softmax(scores/τ) and the codes q = [Sinkhorn](scores) (Caron et al., 2020,
// equation 2).
func SwappedPrediction(scores1, scores2 [][]float64, temperature, epsilon float64, iterations int) float64 {
	return (codeLoss(scores1, Sinkhorn(scores2, epsilon, iterations), temperature) +
		codeLoss(scores2, Sinkhorn(scores1, epsilon, iterations), temperature)) / 2
}

// SwappedPredictionGrad returns the gradients with respect to the scores, the codes
// being constants: ct/(2k·τ)·(p1·Σ_c q2 − q2), and likewise for the other view.
func SwappedPredictionGrad(scores1, scores2 [][]float64, temperature, epsilon float64, iterations int, ct float64) (g1, g2 [][]float64) {
	return codeLossGrad(scores1, Sinkhorn(scores2, epsilon, iterations), temperature, ct/2),
		codeLossGrad(scores2, Sinkhorn(scores1, epsilon, iterations), temperature, ct/2)
}

// codeLoss returns −mean_k Σ_c codes·log_softmax(scores/τ).
func codeLoss(scores, codes [][]float64, temperature float64) float64 {
	var s portable.Sum
	for n := range scores {
		for c, logp := range logSoftmax(divided(scores[n], temperature)) {
			s.Add(-timesLogP(codes[n][c], logp))
		}
	}
	return s.Value() / float64(len(scores))
}

func codeLossGrad(scores, codes [][]float64, temperature, ct float64) [][]float64 {
	g := newRows(len(scores), len(scores[0]))
	by := ct / float64(float64(len(scores))*temperature)
	for n := range scores {
		total := portable.Total(codes[n])
		for c, p := range softmax(divided(scores[n], temperature)) {
			g[n][c] = by * (float64(p*total) - codes[n][c])
		}
	}
	return g
}

// timesLogP returns q·logp, 0 for q = 0, where logp may be −Inf.
func timesLogP(q, logp float64) float64 {
	if q == 0 {
		return 0
	}
	return q * logp
}
