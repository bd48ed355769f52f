package mi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"entrec/tensor"
)

// Gaussian returns the mutual information of a Gaussian with the covariance of pairs, in
// nats: with ρ their canonical correlations,
//
//	−½·Σ log(1 − ρ²) = ½·(log det Σ_x + log det Σ_y − log det Σ)
//
// what canonical correlation analysis finds. Of n Gaussian pairs it errs upward: log det of
// n times the covariance of d numbers, a Wishart matrix of n − 1 degrees of freedom, is by
// Σ_{i=1..d} ψ((n−i)/2) + d·log 2 above log det Σ in expectation, so that the error is
//
//	½·Σ_{i=1..d_y} ( ψ((n−i)/2) − ψ((n−d_x−i)/2) )
//
// whatever Σ is: some d_x·d_y/2n of many pairs, and without bound as n comes near d_x + d_y. Of
// other pairs the dependence that is not linear is missed, and heavy tails mislead. It is NaN where a covariance is singular within rounding: coordinates that are functions
// of each other, or fewer pairs than coordinates.
func Gaussian(x, y [][]float64) float64 {
	return (logDetOf(x) + logDetOf(y) - logDetOf(beside(x, y))) / 2
}

// gaussianBias is how far [Gaussian] is above the truth in expectation, of n Gaussian pairs of
// dx and dy numbers: what it finds in independent ones. It is infinite of n ≤ dx + dy.
func gaussianBias(n, dx, dy int) (bias float64) {
	if n <= dx+dy {
		return math.Inf(1)
	}
	for i := 1; i <= dy; i++ {
		bias += (mathext.Digamma(float64(n-i)/2) - mathext.Digamma(float64(n-dx-i)/2)) / 2
	}
	return bias
}

// beside returns each row of x with that of y behind it.
func beside(x, y [][]float64) [][]float64 {
	both := make([][]float64, len(x))
	for i := range x {
		both[i] = slices.Concat(x[i], y[i])
	}
	return both
}

// logDetOf returns that of the correlation matrix of rows: the variances cancel in I.
func logDetOf(rows [][]float64) float64 {
	n, d := float64(len(rows)), len(rows[0])
	centered := standardized(rows)
	c := tensor.New[float64](d, d)
	flat := c.Data()
	for _, row := range centered {
		for i, v := range row {
			for j, w := range row {
				flat[i*d+j] += v * w / n
			}
		}
	}
	factor, definite := tensor.NewCholesky(c)
	if !definite {
		return math.NaN()
	}
	return factor.LogDet()
}

// standardized returns rows with the mean 0 and the variance 1 in each coordinate; one that
// is constant becomes 0.
func standardized(rows [][]float64) [][]float64 {
	n, d := float64(len(rows)), len(rows[0])
	mean, scale := make([]float64, d), make([]float64, d)
	for _, row := range rows {
		for j, v := range row {
			mean[j] += v / n
		}
	}
	for _, row := range rows {
		for j, v := range row {
			scale[j] = math.Hypot(scale[j], (v-mean[j])/math.Sqrt(n))
		}
	}
	out := make([][]float64, len(rows))
	for i, row := range rows {
		out[i] = make([]float64, d)
		for j, v := range row {
			if scale[j] > 0 {
				out[i][j] = (v - mean[j]) / scale[j]
			}
		}
	}
	return out
}
