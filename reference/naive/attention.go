package naive

import "math"

// Attention returns softmax(q·kᵀ/√d)·v for the queries, keys and values (t, d) of each
// head in each sample, (b, heads, t, d) (Vaswani et al., 2017, equation 1).
func Attention(q, k, v [][][][]float64) [][][][]float64 {
	y := newLike(v)
	for b := range q {
		for h := range q[b] {
			for i, row := range MatMul(attentionWeights(q[b][h], k[b][h]), v[b][h]) {
				copy(y[b][h][i], row)
			}
		}
	}
	return y
}

// AttentionGrad returns, with the weights P = softmax(S) and S = q·kᵀ/√d,
// gv = Pᵀ·ct, gS = P∘(ct·vᵀ − rowsum(P∘ct·vᵀ)), gq = gS·k/√d, gk = gSᵀ·q/√d.
func AttentionGrad(q, k, v, ct [][][][]float64) (gq, gk, gv [][][][]float64) {
	gq, gk, gv = newLike(q), newLike(k), newLike(v)
	for b := range q {
		for h := range q[b] {
			p := attentionWeights(q[b][h], k[b][h])
			gp, gvalues := MatMulGrad(p, v[b][h], ct[b][h])
			gs := newRows(len(p), len(p[0]))
			for i := range p {
				copy(gs[i], scaled(softmaxGrad(p[i], gp[i]), 1/math.Sqrt(float64(len(q[b][h][0])))))
			}
			gqueries, gkeys := MatMul(gs, k[b][h]), MatMul(transpose(gs), q[b][h])
			for i := range gs {
				copy(gq[b][h][i], gqueries[i])
				copy(gk[b][h][i], gkeys[i])
				copy(gv[b][h][i], gvalues[i])
			}
		}
	}
	return gq, gk, gv
}

// attentionWeights returns softmax(q·kᵀ/√d).
func attentionWeights(q, k [][]float64) [][]float64 {
	s := matMulT(q, k)
	for i := range s {
		copy(s[i], scaled(s[i], 1/math.Sqrt(float64(len(q[0])))))
	}
	return Softmax(s)
}
