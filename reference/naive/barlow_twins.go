package naive

import "entrec/reference/portable"

// BarlowTwins returns, with the columns of z1, z2 (k, d) standardized over the batch and
// C = z1ᵀ·z2/k,
//
//	Σ_i (1−C_ii)² + λ·Σ_{i≠j} C_ij²
//
// (Zbontar et al., 2021, equation 1).
func BarlowTwins(z1, z2 [][]float64, lambda, eps float64) float64 {
	var loss portable.Sum
	c := crossCorrelation(standardizeColumns(z1, eps), standardizeColumns(z2, eps))
	for i := range c {
		for j, v := range c[i] {
			if i == j {
				loss.AddMul(1-v, 1-v)
			} else {
				loss.AddMul(lambda*v, v)
			}
		}
	}
	return loss.Value()
}

// BarlowTwinsGrad returns the gradients with respect to z1 and z2: with G_ii = −2(1−C_ii)
// and G_ij = 2λ·C_ij, those of the standardized columns are z2·Gᵀ/k and z1·G/k.
func BarlowTwinsGrad(z1, z2 [][]float64, lambda, eps, ct float64) (g1, g2 [][]float64) {
	y1, y2 := standardizeColumns(z1, eps), standardizeColumns(z2, eps)
	g := crossCorrelation(y1, y2)
	for i := range g {
		for j, v := range g[i] {
			slope := 2 * lambda * v
			if i == j {
				slope = -2 * (1 - v)
			}
			g[i][j] = ct * slope / float64(len(z1))
		}
	}
	return standardizeColumnsGrad(z1, eps, matMulT(y2, g)), standardizeColumnsGrad(z2, eps, MatMul(y1, g))
}

// crossCorrelation returns y1ᵀ·y2/k of k rows.
func crossCorrelation(y1, y2 [][]float64) [][]float64 {
	return byRow(MatMul(transpose(y1), y2), func(row []float64) []float64 {
		return divided(row, float64(len(y1)))
	})
}

func standardizeColumns(z [][]float64, eps float64) [][]float64 {
	return transpose(byRow(transpose(z), func(column []float64) []float64 { return standardize(column, eps) }))
}

func standardizeColumnsGrad(z [][]float64, eps float64, g [][]float64) [][]float64 {
	columns, gcolumns := transpose(z), transpose(g)
	for i := range columns {
		copy(columns[i], standardizeGrad(columns[i], eps, gcolumns[i]))
	}
	return transpose(columns)
}
