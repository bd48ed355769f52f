package naive

import "entrec/reference/portable"

// MeanRow returns p̄, the mean of the rows of p (k, c).
func MeanRow(p [][]float64) []float64 {
	return mapped(columnTotals(p), func(v float64) float64 { return v / float64(len(p)) })
}

// EntropyDiscrete returns −Σ_c p̄_c·log(p̄_c + eps), the plug-in entropy of the mean
// assignment; 0·log 0 is 0.
func EntropyDiscrete(mean []float64, eps float64) float64 {
	var s portable.Sum
	for _, p := range mean {
		s.Add(-timesLog(p, p+eps))
	}
	return s.Value()
}

// EntropyDiscreteGrad returns −ct·(log(p̄+eps) + p̄/(p̄+eps)).
func EntropyDiscreteGrad(mean []float64, eps, ct float64) []float64 {
	return mapped(mean, func(p float64) float64 {
		return -ct * (portable.Log(p+eps) + over(p, p+eps))
	})
}

// EntropyDiscreteAverage returns −mean_c log(p̄_c + eps): the official file's reduction
// "average", which is smallest where p̄ is uniform.
func EntropyDiscreteAverage(mean []float64, eps float64) float64 {
	var s portable.Sum
	for _, p := range mean {
		s.Add(portable.Log(p + eps))
	}
	return -s.Value() / float64(len(mean))
}

// EntropyDiscreteAverageGrad returns −ct/(c·(p̄+eps)).
func EntropyDiscreteAverageGrad(mean []float64, eps, ct float64) []float64 {
	return mapped(mean, func(p float64) float64 { return -ct / float64(float64(len(mean))*(p+eps)) })
}

// MeanRowGrad returns ct/k in each of k rows.
func MeanRowGrad(k int, ct []float64) [][]float64 {
	return byRow(newRows(k, len(ct)), func([]float64) []float64 { return scaled(ct, 1/float64(k)) })
}

// ReconstructionDiscrete returns, for probabilities p1, p2 (k, c),
//
//	mean_k ½·( −Σ_c p1·log(p2+eps) − Σ_c p2·log(p1+eps) )
func ReconstructionDiscrete(p1, p2 [][]float64, eps float64) float64 {
	var s portable.Sum
	for n := range p1 {
		for c := range p1[n] {
			s.Add(-timesLog(p1[n][c], p2[n][c]+eps))
			s.Add(-timesLog(p2[n][c], p1[n][c]+eps))
		}
	}
	return s.Value() / float64(2*len(p1))
}

// ReconstructionDiscreteGrad returns −ct/(2k)·(log(p2+eps) + p2/(p1+eps)), and the
// same with p1 and p2 exchanged.
func ReconstructionDiscreteGrad(p1, p2 [][]float64, eps, ct float64) (g1, g2 [][]float64) {
	g1, g2 = newRows(len(p1), len(p1[0])), newRows(len(p1), len(p1[0]))
	by := -ct / float64(2*len(p1))
	for n := range p1 {
		for c := range p1[n] {
			a, b := p1[n][c], p2[n][c]
			g1[n][c] = by * (portable.Log(b+eps) + over(b, a+eps))
			g2[n][c] = by * (portable.Log(a+eps) + over(a, b+eps))
		}
	}
	return g1, g2
}

// timesLog returns p·log x, 0 for p = 0.
func timesLog(p, x float64) float64 {
	if p == 0 {
		return 0
	}
	return p * portable.Log(x)
}

// over returns p/x, 0 for p = 0.
func over(p, x float64) float64 {
	if p == 0 {
		return 0
	}
	return p / x
}

// columnTotals returns the sums of the columns.
func columnTotals(x [][]float64) []float64 {
	sums := make([]portable.Sum, len(x[0]))
	for n := range x {
		for c, v := range x[n] {
			sums[c].Add(v)
		}
	}
	return values(sums)
}
