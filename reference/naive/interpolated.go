package naive

import (
	"slices"

	"entrec/reference/portable"
)

// MIInterpolated returns Poole et al.'s (2019) bound between InfoNCE and TUBA of scores s
// (k, k), the logarithms a (k) of baselines and α from 0 to 1:
//
//	1 + mean_{i≠j} (s_ii − b_ij) − mean_{i≠j} e^{s_ij − b_ii},  b_ij = log( α·mean_{l≠j} e^{s_il} + (1−α)·e^{a_i} )
func MIInterpolated(s [][]float64, a []float64, alpha float64) float64 {
	var joint, product portable.Sum
	for i, row := range s {
		b := interpolatedBaselines(row, a[i], alpha)
		for j, v := range row {
			if j != i {
				joint.Add(row[i] - b[j])
				product.Add(portable.Exp(v - b[i]))
			}
		}
	}
	others := float64(len(s) * (len(s) - 1))
	return 1 + joint.Value()/others - product.Value()/others
}

// MIInterpolatedGrad returns the gradient with respect to the scores; the baselines a are
// constant. s_il is in b_ij for all j ≠ l, with the derivative α/(k−1)·e^{s_il − b_ij}.
func MIInterpolatedGrad(s [][]float64, a []float64, alpha, ct float64) [][]float64 {
	k := len(s)
	each := ct / float64(k*(k-1))
	g := newRows(k, k)
	for i, row := range s {
		b := interpolatedBaselines(row, a[i], alpha)
		within := func(l, j int) float64 { // ∂b_ij/∂s_il
			if l == j || alpha == 0 {
				return 0
			}
			return alpha / float64(k-1) * portable.Exp(row[l]-b[j])
		}
		var product portable.Sum // Σ_{j≠i} e^{s_ij − b_ii}
		for j, v := range row {
			if j != i {
				product.Add(portable.Exp(v - b[i]))
			}
		}
		for l := range row {
			var total portable.Sum
			for j := range row {
				if j != i {
					total.Add(-within(l, j))
				}
			}
			if l == i {
				total.Add(float64(k - 1))
			} else {
				total.Add(-portable.Exp(row[l] - b[i]))
				total.Add(float64(product.Value() * within(l, i)))
			}
			g[i][l] = each * total.Value()
		}
	}
	return g
}

// interpolatedBaselines returns the b_ij of a row.
func interpolatedBaselines(row []float64, a, alpha float64) []float64 {
	b := make([]float64, len(row))
	for j := range row {
		mean := logMeanExp(slices.Concat(row[:j], row[j+1:]))
		switch alpha {
		case 0:
			b[j] = a
		case 1:
			b[j] = mean
		default:
			b[j] = logSumExp([]float64{portable.Log(alpha) + mean, portable.Log(1-alpha) + a})
		}
	}
	return b
}
