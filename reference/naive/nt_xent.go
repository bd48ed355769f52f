package naive

import (
	"slices"

	"entrec/reference/portable"
)

// NTXent returns SimCLR's loss of z1, z2 (k, d): of their 2k rows, normalized, each is
// an anchor i once, its other view p(i) the positive, against the 2k−1 others
// (Chen et al., 2020, equation 1):
//
//	mean_i −log( e^{s_{i,p(i)}/τ} / Σ_{j≠i} e^{s_ij/τ} )
func NTXent(z1, z2 [][]float64, temperature float64) float64 {
	k := len(z1)
	z := Normalize(slices.Concat(z1, z2), normEps)
	s := logits(z, z, temperature)
	var loss portable.Sum
	for i := range s {
		loss.Add(crossEntropy(without(s[i], i), otherView(i, k)))
	}
	return loss.Value() / float64(2*k)
}

// NTXentGrad returns the gradients with respect to z1 and z2. With G_ij, j ≠ i, the
// softmax among anchor i's others less 1 at its positive, that of the normalized
// rows z is (G + Gᵀ)·z/(2k·τ).
func NTXentGrad(z1, z2 [][]float64, temperature, ct float64) (g1, g2 [][]float64) {
	k := len(z1)
	both := slices.Concat(z1, z2)
	z := Normalize(both, normEps)
	s := logits(z, z, temperature)
	g := newRows(2*k, 2*k)
	for i := range s {
		for n, v := range crossEntropyGrad(without(s[i], i), otherView(i, k)) {
			j := n
			if n >= i {
				j = n + 1
			}
			v = float64(v * (ct / float64(float64(2*k)*temperature)))
			g[i][j] += v
			g[j][i] += v
		}
	}
	gz := NormalizeGrad(both, normEps, MatMul(g, z))
	return gz[:k], gz[k:]
}

// without returns the row without its element i.
func without(row []float64, i int) []float64 {
	return slices.Concat(row[:i], row[i+1:])
}

// otherView returns where the other view of row i of 2k rows stands once row i is
// left out.
func otherView(i, k int) int {
	if i < k {
		return i + k - 1
	}
	return i - k
}
