package naive

import (
	"math"

	"entrec/reference/portable"
)

// LogDet returns log det of a symmetric matrix a (d, d): the sum of the logarithms of
// the pivots of Gaussian elimination. It is NaN where a is not positive definite within
// rounding: where a pivot is at most d·2⁻⁵² of its diagonal element.
func LogDet(a [][]float64) float64 {
	_, upper := eliminate(a)
	var sum portable.Sum
	for i := range upper {
		pivot := upper[i][i]
		if !(pivot > float64(float64(len(a))*0x1p-52)*a[i][i]) || math.IsInf(pivot, 1) {
			return math.NaN()
		}
		sum.Add(portable.Log(pivot))
	}
	return sum.Value()
}

// LogDetGrad returns ct·a⁻¹, by columns: L·y = e_j from the top, U·x = y from the bottom.
func LogDetGrad(a [][]float64, ct float64) [][]float64 {
	d := len(a)
	lower, upper := eliminate(a)
	inverse := newRows(d, d)
	for j := range d {
		x := make([]float64, d)
		x[j] = 1
		for i := j + 1; i < d; i++ {
			x[i] = -portable.Dot(lower[i][:i], x[:i])
		}
		for i := d - 1; i >= 0; i-- {
			var rest portable.Sum
			rest.Add(x[i])
			for k := i + 1; k < d; k++ {
				rest.AddMul(-upper[i][k], x[k])
			}
			x[i] = rest.Value() / upper[i][i]
			inverse[i][j] = float64(ct * x[i])
		}
	}
	return inverse
}

// eliminate returns a = L·U with ones on L's diagonal, without exchanging rows.
func eliminate(a [][]float64) (lower, upper [][]float64) {
	d := len(a)
	lower, upper = newRows(d, d), newRows(d, d)
	for i := range d {
		rest := func(j int) float64 { // a_ij less what the rows above explain
			var s portable.Sum
			s.Add(a[i][j])
			for k := range min(i, j) {
				s.AddMul(-lower[i][k], upper[k][j])
			}
			return s.Value()
		}
		for j := range i {
			lower[i][j] = rest(j) / upper[j][j]
		}
		lower[i][i] = 1
		for j := i; j < d; j++ {
			upper[i][j] = rest(j)
		}
	}
	return lower, upper
}

// symmetric returns (a + aᵀ)/2.
func symmetric(a [][]float64) [][]float64 {
	s := newRows(len(a), len(a))
	for i := range a {
		for j := range a {
			s[i][j] = float64(a[i][j]+a[j][i]) / 2
		}
	}
	return s
}
