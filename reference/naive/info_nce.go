package naive

import "entrec/reference/portable"

// InfoNCE returns, with rows normalized and s = z1·z2ᵀ,
//
//	mean_i −log( e^{s_ii/τ} / Σ_j e^{s_ij/τ} )
//
// for z1, z2 (k, d) and the temperature τ: one direction of van den Oord et al.
// (2018), equation 4.
func InfoNCE(z1, z2 [][]float64, temperature float64) float64 {
	s := logits(Normalize(z1, normEps), Normalize(z2, normEps), temperature)
	var loss portable.Sum
	for i := range s {
		loss.Add(crossEntropy(s[i], i))
	}
	return loss.Value() / float64(len(s))
}

// InfoNCEGrad returns the gradients with respect to z1 and z2. With G = softmax(s/τ) − 1
// they are, of the normalized rows, G·z2/(k·τ) and Gᵀ·z1/(k·τ).
func InfoNCEGrad(z1, z2 [][]float64, temperature, ct float64) (g1, g2 [][]float64) {
	y1, y2 := Normalize(z1, normEps), Normalize(z2, normEps)
	g := logits(y1, y2, temperature)
	for i := range g {
		copy(g[i], scaled(crossEntropyGrad(g[i], i), ct/float64(float64(len(g))*temperature)))
	}
	return NormalizeGrad(z1, normEps, MatMul(g, y2)), NormalizeGrad(z2, normEps, MatMul(transpose(g), y1))
}

// logits returns a·bᵀ/τ.
func logits(a, b [][]float64, temperature float64) [][]float64 {
	s := matMulT(a, b)
	for i := range s {
		for j := range s[i] {
			s[i][j] /= temperature
		}
	}
	return s
}
