package objective

import (
	"math"

	"entrec/simd"
	"entrec/tensor"
)

// Sinkhorn returns the codes q (k, c) of k samples and c prototypes: SwAV's
// approximation of the assignment that spreads the samples evenly over the
// prototypes. From scores (k, c), with ε = epsilon,
//
//	Q = exp(scores/ε)/Σ;  iterations times: the prototypes' totals to 1/c,
//	then the samples' totals to 1/k;  q = k·Q
//
// Caron et al. (2020), section 3; facebookresearch/swav main_swav.py,
// distributed_sinkhorn. That file's exp overflows for scores above 88·ε; here
// the iterations go on the logarithms, in float64, so that no score does. It
// panics with a *tensor.ShapeError unless scores are a matrix with rows and
// columns.
func Sinkhorn[T Float](scores *tensor.Tensor[T], epsilon float64, iterations int) *tensor.Tensor[T] {
	checkMatrix("objective.Sinkhorn", scores)
	q := tensor.New[T](scores.Shape()...)
	for i, v := range sinkhorn(scores, epsilon, iterations) {
		q.Data()[i] = T(v)
	}
	return q
}

func sinkhorn[T Float](scores *tensor.Tensor[T], epsilon float64, iterations int) []float64 {
	k, c := scores.Dim(0), scores.Dim(1)
	logQ := make([]float64, k*c)
	for i, v := range tensor.Contiguous(scores).Data() {
		logQ[i] = float64(v) / epsilon
	}
	if iterations == 0 {
		simd.AddScalar(logQ, logQ, -simd.LogSumExp(logQ))
	}
	for range iterations {
		shiftColumns(logQ, k, c)
		blocks(k, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				row := logQ[i*c : (i+1)*c]
				simd.AddScalar(row, row, -simd.LogSumExp(row)-math.Log(float64(k)))
			}
		})
	}
	blocks(k, func(lo, hi int) {
		q := logQ[lo*c : hi*c]
		simd.AddScalar(q, q, math.Log(float64(k)))
		simd.Exp(q, q)
	})
	return logQ
}

// shiftColumns subtracts from each column of x (k, c) the logarithm of the sum of
// its exponentials and log c, so that those sum to 1/c.
func shiftColumns(x []float64, k, c int) {
	blocks(c, func(lo, hi int) {
		n := hi - lo
		largest, total, term := make([]float64, n), make([]float64, n), make([]float64, n)
		copy(largest, x[lo:hi])
		for i := range k {
			for j, v := range x[i*c+lo : i*c+hi] {
				largest[j] = max(largest[j], v)
			}
		}
		for i := range k {
			simd.Sub(term, x[i*c+lo:i*c+hi], largest)
			simd.Exp(term, term)
			simd.Add(total, total, term)
		}
		simd.Log(total, total)
		simd.Add(total, total, largest)
		simd.AddScalar(total, total, math.Log(float64(c)))
		for i := range k {
			simd.Sub(x[i*c+lo:i*c+hi], x[i*c+lo:i*c+hi], total)
		}
	})
}
