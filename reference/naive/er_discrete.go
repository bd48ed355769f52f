package naive

import "entrec/reference/portable"

// ERDiscrete returns the discrete ER objective of logits x1, x2 (k, c), with
// p = softmax(x/τ) by row and p̄ its mean over the batch:
//
//	mean_i ½·( −Σ_c p1·log p2 − Σ_c p2·log p1 ) − ½·( H(p̄1) + H(p̄2) ),  H(p̄) = −Σ_c p̄·log p̄
func ERDiscrete(x1, x2 [][]float64, temperature float64) float64 {
	l1, l2 := LogSoftmax(overall(x1, temperature)), LogSoftmax(overall(x2, temperature))
	var cross, entropy portable.Sum
	for n := range l1 {
		for c := range l1[n] {
			cross.Add(-float64(portable.Exp(l1[n][c]) * l2[n][c]))
			cross.Add(-float64(portable.Exp(l2[n][c]) * l1[n][c]))
		}
	}
	for _, logs := range [][]float64{logMeans(l1), logMeans(l2)} {
		for _, l := range logs {
			entropy.Add(-float64(portable.Exp(l) * l))
		}
	}
	return float64(cross.Value()/float64(2*len(l1))) - float64(entropy.Value()/2)
}

// ERDiscreteGrad returns the gradients with respect to x1 and x2. That of x1_n is
//
//	( p1·(s − ⟨p1, s⟩) + p1 − p2 )/(2k·τ),  s = log p̄1 − log p2
//
// and that of x2 the same with the views exchanged.
func ERDiscreteGrad(x1, x2 [][]float64, temperature, ct float64) (g1, g2 [][]float64) {
	l1, l2 := LogSoftmax(overall(x1, temperature)), LogSoftmax(overall(x2, temperature))
	grad := func(own, other [][]float64) [][]float64 {
		k, c := len(own), len(own[0])
		g, means := newRows(k, c), logMeans(own)
		scale := ct / float64(float64(2*k)*temperature)
		for n := range own {
			s := make([]float64, c)
			for j := range s {
				s[j] = means[j] - other[n][j]
			}
			p, q := mapped(own[n], portable.Exp), mapped(other[n], portable.Exp)
			mean := portable.Dot(p, s)
			for j := range s {
				g[n][j] = float64(scale * (float64(p[j]*(s[j]-mean)) + (p[j] - q[j])))
			}
		}
		return g
	}
	return grad(l1, l2), grad(l2, l1)
}

// overall divides all by the temperature.
func overall(x [][]float64, temperature float64) [][]float64 {
	return byRow(x, func(row []float64) []float64 {
		return mapped(row, func(v float64) float64 { return v / temperature })
	})
}

// logMeans returns log( 1/k·Σ_n e^{l_n} ) by column.
func logMeans(l [][]float64) []float64 {
	means := make([]float64, len(l[0]))
	for j := range means {
		column := make([]float64, len(l))
		for n := range l {
			column[n] = l[n][j]
		}
		means[j] = logSumExp(column) - portable.Log(float64(len(l)))
	}
	return means
}
