package objective

import (
	"entrec/internal/parallel"
	"math"
)

// blocks calls f for ranges [lo, hi) of n rows or columns, some to a task.
func blocks(n int, f func(lo, hi int)) {
	const size = 16
	parallel.For((n+size-1)/size, func(i int) { f(i*size, min((i+1)*size, n)) })
}

// sum returns Σ x, in order.
func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

// dot returns ⟨x, y⟩ in float64, by four partial sums.
func dot[T Float](x, y []T) float64 {
	var s [4]float64
	y = y[:len(x)]
	n := len(x) &^ 3
	for i := 0; i < n; i += 4 {
		s[0] += float64(x[i]) * float64(y[i])
		s[1] += float64(x[i+1]) * float64(y[i+1])
		s[2] += float64(x[i+2]) * float64(y[i+2])
		s[3] += float64(x[i+3]) * float64(y[i+3])
	}
	for i := n; i < len(x); i++ {
		s[0] += float64(x[i]) * float64(y[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// exactDot returns ⟨x, y⟩ as if computed in twice float64's precision and rounded:
// products and sums with their errors (Ogita, Rump and Oishi, 2005, Dot2).
func exactDot[T Float](x, y []T) float64 {
	s, errs := 0.0, 0.0
	for i, v := range x {
		a, b := float64(v), float64(y[i])
		p := float64(a * b)
		t := s + p
		back := t - s
		errs += math.FMA(a, b, -p) + ((s - (t - back)) + (p - back))
		s = t
	}
	return s + errs
}

// unitRow stores x/max(‖x‖, normalizeEps) in dst. It returns the divisor, and what
// the result's squared norm is short of 1: nothing but for rows below
// normalizeEps.
func unitRow[T Float](dst []float64, x []T) (by, short float64) {
	norm := math.Sqrt(dot(x, x))
	if !(norm > 1e-140 && norm < 1e140) { // squares that over- or underflow
		norm = 0
		for _, v := range x {
			norm = math.Hypot(norm, float64(v))
		}
	}
	by = max(norm, normalizeEps)
	for j, v := range x {
		dst[j] = float64(v) / by
	}
	if norm < normalizeEps {
		short = 1 - (norm/by)*(norm/by)
	}
	return by, short
}
