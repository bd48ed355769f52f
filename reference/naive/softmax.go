package naive

import (
	"math"
	"slices"

	"entrec/reference/portable"
)

// Softmax returns e^{x_i}/Σ_j e^{x_j} of each row of x (n, d).
func Softmax(x [][]float64) [][]float64 { return byRow(x, softmax) }

// SoftmaxGrad returns p·(ct − ⟨p, ct⟩), p = softmax(x), by row.
func SoftmaxGrad(x, ct [][]float64) [][]float64 {
	gx := newRows(len(x), len(x[0]))
	for n := range x {
		copy(gx[n], softmaxGrad(softmax(x[n]), ct[n]))
	}
	return gx
}

// LogSoftmax returns x_i − log Σ_j e^{x_j} of each row of x (n, d).
func LogSoftmax(x [][]float64) [][]float64 { return byRow(x, logSoftmax) }

// LogSoftmaxGrad returns ct − p·Σ ct, p = softmax(x), by row.
func LogSoftmaxGrad(x, ct [][]float64) [][]float64 {
	gx := newRows(len(x), len(x[0]))
	for n := range x {
		p, total := softmax(x[n]), portable.Total(ct[n])
		for i := range p {
			gx[n][i] = ct[n][i] - float64(p[i]*total)
		}
		sumToZero(gx[n], p)
	}
	return gx
}

// LogSumExp returns log Σ_j e^{x_j} of each row of x (n, d): (n).
func LogSumExp(x [][]float64) []float64 {
	y := make([]float64, len(x))
	for n := range x {
		y[n] = logSumExp(x[n])
	}
	return y
}

// LogSumExpGrad returns ct·softmax(x) by row.
func LogSumExpGrad(x [][]float64, ct []float64) [][]float64 {
	gx := newRows(len(x), len(x[0]))
	for n := range x {
		copy(gx[n], scaled(softmax(x[n]), ct[n]))
	}
	return gx
}

// maxAndRest returns m = max x and log Σ_j e^{x_j−m}, as log(1 + the sum without one
// largest), which keeps its digits where the others are small. Their sum is
// log Σ_j e^{x_j}.
func maxAndRest(x []float64) (m, rest float64) {
	top := 0
	for j, v := range x {
		if v > x[top] || math.IsNaN(v) {
			top = j
		}
	}
	m = x[top]
	if math.IsInf(m, 0) {
		return m, 0
	}
	var s portable.Sum
	for j, v := range x {
		if j != top {
			s.Add(portable.Exp(v - m))
		}
	}
	return m, portable.Log1p(s.Value())
}

func logSumExp(x []float64) float64 {
	m, rest := maxAndRest(x)
	return m + rest
}

func logSoftmax(x []float64) []float64 {
	m, rest := maxAndRest(x)
	if math.IsInf(m, 1) {
		rest = math.NaN() // ∞ − ∞
	}
	return mapped(x, func(v float64) float64 { return (v - m) - rest })
}

func softmax(x []float64) []float64 {
	m, _ := maxAndRest(x)
	e := mapped(x, func(v float64) float64 { return portable.Exp(v - m) })
	total := portable.Total(e)
	return mapped(e, func(v float64) float64 { return v / total })
}

// softmaxGrad returns p·(g − ⟨p, g⟩).
func softmaxGrad(p, g []float64) []float64 {
	mean := portable.Dot(p, g)
	gx := make([]float64, len(p))
	for i := range p {
		gx[i] = p[i] * (g[i] - mean)
	}
	sumToZero(gx, p)
	return gx
}

// sumToZero sets the element of the largest probability to minus the sum of the others.
// A gradient through a softmax sums to 0, since adding one number to all logits changes
// nothing, and near p = 1 its own formula would cancel.
func sumToZero(gx, p []float64) {
	top := slices.Index(p, slices.Max(p))
	if top < 0 {
		return // NaN
	}
	gx[top] = 0
	gx[top] = -portable.Total(gx)
}

// crossEntropy returns −log( e^{x_i} / Σ_j e^{x_j} ), accurate also near 0.
func crossEntropy(x []float64, i int) float64 {
	m, rest := maxAndRest(x)
	return (m - x[i]) + rest
}

// crossEntropyGrad returns softmax(x) − onehot(i), whose element i is minus the
// others' sum.
func crossEntropyGrad(x []float64, i int) []float64 {
	p := softmax(x)
	p[i] = 0
	p[i] = -portable.Total(p)
	return p
}

func byRow(x [][]float64, f func([]float64) []float64) [][]float64 {
	y := newRows(len(x), len(x[0]))
	for n := range x {
		copy(y[n], f(x[n]))
	}
	return y
}
