package naive

import "entrec/reference/portable"

// normEps is the smallest norm that rows are divided by where an objective
// normalizes them itself; PyTorch's default.
const normEps = 1e-12

// Normalize returns x / max(‖x‖₂, eps) of each row of x (n, d).
func Normalize(x [][]float64, eps float64) [][]float64 {
	return byRow(x, func(row []float64) []float64 {
		norm := max(portable.Norm(row), eps)
		return mapped(row, func(v float64) float64 { return v / norm })
	})
}

// NormalizeGrad returns (ct − y·⟨y, ct⟩)/‖x‖ by row where ‖x‖ ≥ eps, and ct/eps where it
// is smaller.
func NormalizeGrad(x [][]float64, eps float64, ct [][]float64) [][]float64 {
	gx := newRows(len(x), len(x[0]))
	y := Normalize(x, eps)
	for n := range x {
		norm := portable.Norm(x[n])
		along := 0.0
		if norm >= eps {
			along = portable.Dot(y[n], ct[n])
		}
		for i := range x[n] {
			gx[n][i] = (ct[n][i] - float64(y[n][i]*along)) / max(norm, eps)
		}
	}
	return gx
}
