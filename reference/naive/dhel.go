package naive

import (
	"slices"

	"entrec/reference/portable"
)

// DHEL returns the decoupled hyperspherical energy loss of z1, z2 (k, d), whose rows it
// normalizes (Koromilas et al., 2024):
//
//	mean_i( −s12_ii + log Σ_{j≠i} e^{s11_ij} + log Σ_{j≠i} e^{s22_ij} ),  s = ⟨·,·⟩/τ
func DHEL(z1, z2 [][]float64, temperature float64) float64 {
	a, b := Normalize(z1, normEps), Normalize(z2, normEps)
	across, first, second := logits(a, b, temperature), logits(a, a, temperature), logits(b, b, temperature)
	var loss portable.Sum
	for i := range a {
		loss.Add(-across[i][i])
		loss.Add(logSumExp(without(first[i], i)))
		loss.Add(logSumExp(without(second[i], i)))
	}
	return loss.Value() / float64(len(a))
}

// DHELGrad returns the gradients with respect to z1 and z2. With P the softmax of each
// row of s11 among j ≠ i, that of the normalized rows of z1 is
// ( (P + Pᵀ)·z1 − z2 )/(k·τ); of z2 the same with the views exchanged.
func DHELGrad(z1, z2 [][]float64, temperature, ct float64) (g1, g2 [][]float64) {
	a, b := Normalize(z1, normEps), Normalize(z2, normEps)
	grad := func(z, own, other [][]float64) [][]float64 {
		k := len(own)
		scale := ct / float64(float64(k)*temperature)
		s, g := logits(own, own, temperature), newRows(k, 2*k)
		for i := range s {
			for n, p := range softmax(without(s[i], i)) {
				j := n
				if n >= i {
					j = n + 1
				}
				p = float64(p * scale)
				g[i][j] += p
				g[j][i] += p
			}
			g[i][k+i] = -scale
		}
		return NormalizeGrad(z, normEps, MatMul(g, slices.Concat(own, other)))
	}
	return grad(z1, a, b), grad(z2, b, a)
}
