package naive

import (
	"slices"

	"entrec/reference/portable"
)

// DCL returns the decoupled contrastive loss of z1, z2 (k, d): of their 2k rows,
// normalized, each is an anchor i once, its other view p(i) the positive, against the
// 2k−2 others (Yeh et al., 2022, equation 6):
//
//	mean_i( −s_{i,p(i)} + log Σ_{j≠i,p(i)} e^{s_ij} ),  s = ⟨·,·⟩/τ
func DCL(z1, z2 [][]float64, temperature float64) float64 {
	k := len(z1)
	z := Normalize(slices.Concat(z1, z2), normEps)
	s := logits(z, z, temperature)
	var loss portable.Sum
	for i := range s {
		loss.Add(-s[i][(i+k)%(2*k)])
		loss.Add(logSumExp(negativesOf(s[i], i, k)))
	}
	return loss.Value() / float64(2*k)
}

// DCLGrad returns the gradients with respect to z1 and z2. With G_ij the softmax among
// anchor i's negatives, and −1 at its positive, that of the normalized rows z is
// (G + Gᵀ)·z/(2k·τ).
func DCLGrad(z1, z2 [][]float64, temperature, ct float64) (g1, g2 [][]float64) {
	k := len(z1)
	both := slices.Concat(z1, z2)
	z := Normalize(both, normEps)
	s, g := logits(z, z, temperature), newRows(2*k, 2*k)
	scale := ct / float64(float64(2*k)*temperature)
	for i := range s {
		p := softmax(negativesOf(s[i], i, k))
		n := 0
		for j := range s[i] {
			v := -scale // of the positive
			switch j {
			case i:
				continue
			case (i + k) % (2 * k):
			default:
				v = float64(p[n] * scale)
				n++
			}
			g[i][j] += v
			g[j][i] += v
		}
	}
	gz := NormalizeGrad(both, normEps, MatMul(g, z))
	return gz[:k], gz[k:]
}

// negativesOf returns row i of 2k without what stands for the row itself and for its
// other view.
func negativesOf(row []float64, i, k int) []float64 {
	first, second := min(i, (i+k)%(2*k)), max(i, (i+k)%(2*k))
	return slices.Concat(row[:first], row[first+1:second], row[second+1:])
}
