package naive

import "entrec/reference/portable"

// TiCo returns, with the rows of z1, z2 (k, d) normalized and the second moment moved to
// momentum·c + (1 − momentum)·z1ᵀ·z1/k,
//
//	1 − mean_i ⟨z1_i, z2_i⟩ + ρ·mean_i z1_iᵀ·moved·z1_i
//
// (Zhu et al., 2022, algorithm 1), and the second moment.
func TiCo(z1, z2, c [][]float64, momentum, rho float64) (loss float64, moved [][]float64) {
	a, b := Normalize(z1, normEps), Normalize(z2, normEps)
	moved = newRows(len(c), len(c))
	for i, row := range crossCorrelation(a, a) {
		copy(moved[i], EMAUpdate(c[i], row, momentum))
	}
	var apart, contrast portable.Sum
	for i, row := range MatMul(a, moved) {
		apart.Add(1 - portable.Dot(a[i], b[i]))
		contrast.Add(portable.Dot(row, a[i]))
	}
	k := float64(len(a))
	return apart.Value()/k + float64(rho*(contrast.Value()/k)), moved
}

// TiCoGrad returns the gradients with respect to z1 and z2, given ct of the loss and ctMoved
// of the second moment: that of the normalized rows of z2 is −ct·z1/k, of z1
//
//	−ct·z2/k + ct·ρ/k·z1·(moved + movedᵀ) + z1·(G + Gᵀ)·(1 − momentum)/k
//
// with G = ct·ρ·z1ᵀ·z1/k + ctMoved, which the second moment has as its gradient.
func TiCoGrad(z1, z2, c [][]float64, momentum, rho, ct float64, ctMoved [][]float64) (g1, g2 [][]float64) {
	a, b := Normalize(z1, normEps), Normalize(z2, normEps)
	k := float64(len(a))
	_, moved := TiCo(z1, z2, c, momentum, rho)
	batch, slope := crossCorrelation(a, a), newRows(len(c), len(c))
	g := func(i, j int) float64 { return float64(ct*rho*batch[i][j]) + ctMoved[i][j] }
	for i := range slope {
		for j := range slope[i] {
			slope[i][j] = float64(ct*rho*(moved[i][j]+moved[j][i])) + float64((1-momentum)*(g(i, j)+g(j, i)))
		}
	}
	first, second := MatMul(a, slope), newRows(len(a), len(a[0]))
	for i := range first {
		for j := range first[i] {
			first[i][j] = (first[i][j] - float64(ct*b[i][j])) / k
			second[i][j] = -ct * a[i][j] / k
		}
	}
	return NormalizeGrad(z1, normEps, first), NormalizeGrad(z2, normEps, second)
}
