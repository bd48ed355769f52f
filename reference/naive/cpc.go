package naive

import "entrec/reference/portable"

// CPC returns, with s_ij = ⟨prediction_i, target_j⟩ for predictions (n, u), targets (m, u)
// and the place of each prediction's target,
//
//	mean_i −log( e^{s_i,positive_i} / Σ_j e^{s_ij} )
//
// (van den Oord et al., 2018, equation 4).
func CPC(prediction, target [][]float64, positive []int) float64 {
	s := matMulT(prediction, target)
	var loss portable.Sum
	for i := range s {
		loss.Add(crossEntropy(s[i], positive[i]))
	}
	return loss.Value() / float64(len(s))
}

// CPCGrad returns the gradients with respect to both. With G the softmax of s by row less 1
// at the positive they are G·target/n and Gᵀ·prediction/n.
func CPCGrad(prediction, target [][]float64, positive []int, ct float64) (gp, gt [][]float64) {
	g := matMulT(prediction, target)
	for i := range g {
		copy(g[i], scaled(crossEntropyGrad(g[i], positive[i]), ct/float64(len(g))))
	}
	return MatMul(g, target), MatMul(transpose(g), prediction)
}
