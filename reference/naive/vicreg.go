package naive

import (
	"math"

	"entrec/reference/portable"
)

// VICRegWeights are the weights of VICReg's three terms and what is added to its
// variances.
type VICRegWeights struct {
	Sim, Std, Cov, Eps float64
}

// VICReg returns, for z1, z2 (k, d), with σ_j = √(var_j + eps) of the unbiased variance of
// column j and Cov the covariance with k−1 (Bardes et al., 2022, equations 1 to 6;
// facebookresearch/vicreg, main_vicreg.py, which halves the variance term):
//
//	sim·mean (z1−z2)² + std·½·(mean_j relu(1−σ1_j) + mean_j relu(1−σ2_j))
//	  + cov·(Σ_{i≠j} Cov1_ij² + Σ_{i≠j} Cov2_ij²)/d
func VICReg(z1, z2 [][]float64, w VICRegWeights) float64 {
	k, d := float64(len(z1)), float64(len(z1[0]))
	var squares, hinges, covariances portable.Sum
	for i := range z1 {
		diff := minus(z1[i], z2[i])
		squares.Add(portable.Dot(diff, diff))
	}
	for _, z := range [][][]float64{z1, z2} {
		cov := covariance(z)
		for i := range cov {
			hinges.Add(max(0, 1-math.Sqrt(cov[i][i]+w.Eps)))
			for j, v := range cov[i] {
				if i != j {
					covariances.AddMul(v, v)
				}
			}
		}
	}
	var loss portable.Sum
	loss.AddMul(w.Sim, squares.Value()/(k*d))
	loss.AddMul(w.Std, hinges.Value()/(2*d))
	loss.AddMul(w.Cov, covariances.Value()/d)
	return loss.Value()
}

// VICRegGrad returns the gradients with respect to z1 and z2. Of the first term it is
// ±2·sim·(z1−z2)/(k·d); of the others, with z centered by column,
//
//	z·G,  G_jj = −std/(2d·(k−1)·σ_j) where σ_j < 1,  G_ij = 4·cov·Cov_ij/(d·(k−1))
func VICRegGrad(z1, z2 [][]float64, w VICRegWeights, ct float64) (g1, g2 [][]float64) {
	g1, g2 = spreadGrad(z1, w, ct), spreadGrad(z2, w, ct)
	k, d := float64(len(z1)), float64(len(z1[0]))
	for n := range z1 {
		for j, v := range minus(z1[n], z2[n]) {
			v = float64(float64(ct*v) * (2 * w.Sim / (k * d)))
			g1[n][j] += v
			g2[n][j] -= v
		}
	}
	return g1, g2
}

// spreadGrad returns the gradient of the variance and covariance terms of one view.
func spreadGrad(z [][]float64, w VICRegWeights, ct float64) [][]float64 {
	g := covariance(z)
	k, d := float64(len(z)), float64(len(z[0]))
	for i := range g {
		std := math.Sqrt(g[i][i] + w.Eps)
		for j := range g[i] {
			g[i][j] *= 4 * w.Cov / d / (k - 1)
		}
		g[i][i] = 0
		if std < 1 {
			g[i][i] = -w.Std / (2 * d) / (float64((k - 1) * std))
		}
		copy(g[i], scaled(g[i], ct))
	}
	return MatMul(centreColumns(z), g)
}

// covariance returns zᵀ·z/(k−1) of the centered columns.
func covariance(z [][]float64) [][]float64 {
	columns := transpose(centreColumns(z))
	return byRow(matMulT(columns, columns), func(row []float64) []float64 {
		return divided(row, float64(len(z)-1))
	})
}

func centreColumns(z [][]float64) [][]float64 {
	return transpose(byRow(transpose(z), func(column []float64) []float64 {
		centered, _ := center(column)
		return centered
	}))
}
