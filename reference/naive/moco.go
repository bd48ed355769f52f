package naive

import "entrec/reference/portable"

// MoCo returns, with all rows normalized,
//
//	mean_i −log( e^{⟨q_i,k_i⟩/τ} / (e^{⟨q_i,k_i⟩/τ} + Σ_j e^{⟨q_i,n_j⟩/τ}) )
//
// for queries q and keys k (k, d), negatives n of the queue (m, d) and the temperature
// τ (He et al., 2020, equation 1; facebookresearch/moco, moco/builder.py).
func MoCo(query, key, queue [][]float64, temperature float64) float64 {
	q, k, n := Normalize(query, normEps), Normalize(key, normEps), Normalize(queue, normEps)
	var loss portable.Sum
	for i := range q {
		loss.Add(crossEntropy(mocoLogits(q[i], k[i], n, temperature), 0))
	}
	return loss.Value() / float64(len(q))
}

// MoCoGrad returns the gradient with respect to the query; keys and queue are
// constants. With g the softmax of row i's logits less 1 at the positive, that of the
// normalized query is (g_0·k_i + Σ_j g_j·n_j)/(k·τ).
func MoCoGrad(query, key, queue [][]float64, temperature, ct float64) [][]float64 {
	q, k, n := Normalize(query, normEps), Normalize(key, normEps), Normalize(queue, normEps)
	gq := newRows(len(q), len(q[0]))
	for i := range q {
		g := crossEntropyGrad(mocoLogits(q[i], k[i], n, temperature), 0)
		g = scaled(g, ct/float64(float64(len(q))*temperature))
		for d := range gq[i] {
			var s portable.Sum
			s.AddMul(g[0], k[i][d])
			for j := range n {
				s.AddMul(g[j+1], n[j][d])
			}
			gq[i][d] = s.Value()
		}
	}
	return NormalizeGrad(query, normEps, gq)
}

// mocoLogits returns ⟨q,k⟩/τ and then ⟨q,n_j⟩/τ for each negative.
func mocoLogits(q, k []float64, negatives [][]float64, temperature float64) []float64 {
	row := []float64{portable.Dot(q, k) / temperature}
	for _, n := range negatives {
		row = append(row, portable.Dot(q, n)/temperature)
	}
	return row
}
