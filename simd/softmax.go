package simd

import "math"

// ExpSum stores e^(x−shift) in dst and returns its sum, added as [Sum] does. dst
// may be x. APPROX(1.5), the sum beside what [Sum] is off by. It panics where lengths
// differ.
func ExpSum[T Float](dst, x []T, shift T) T {
	sameLength("ExpSum", len(dst), len(x))
	s := 0.0
	for len(x) > 0 {
		n := min(len(x), sumBlock)
		exp(dst[:n], x[:n], shift)
		s += float64(sum(dst[:n]))
		dst, x = dst[n:], x[n:]
	}
	return T(s)
}

// sumExp returns the sum of e^(x−shift), added as Sum does 512 at a time.
func sumExp[T Float](x []T, shift T) T {
	var powers [512]T
	s := 0.0
	for len(x) > 0 {
		n := min(len(x), len(powers))
		exp(powers[:n], x[:n], shift)
		s += float64(sum(powers[:n]))
		x = x[n:]
	}
	return T(s)
}

// LogSumExp returns log Σ e^x, computed as m + log Σ e^(x−m) for the largest m: −Inf
// for none and where all are −Inf, +Inf where one is +Inf, NaN where one is NaN.
// APPROX(2) beside what Sum is off by, in units of the larger of the two summands.
func LogSumExp[T Float](x []T) T {
	m := Max(x)
	if math.IsInf(float64(m), 0) || m != m {
		return m
	}
	return m + T(math.Log(float64(sumExp(x, m))))
}

// Softmax stores e^x / Σ e^x in dst, which may be x. As in PyTorch it is NaN where an
// element is NaN or +Inf and where all are −Inf. APPROX(5) beside what Sum is
// off by and the rounding of x−m. It panics where lengths differ.
func Softmax[T Float](dst, x []T) {
	s := ExpSum(dst, x, Max(x))
	Scale(dst, dst, 1/s)
}

// LogSoftmax stores x − log Σ e^x in dst, which may be x: (x − m) − log Σ e^(x−m), for
// the largest m, so that nothing is lost where the elements are large. As in PyTorch
// it is NaN where Softmax is. APPROX(2) beside what Sum is off by, in units of
// the larger of the two summands. It panics where lengths differ.
func LogSoftmax[T Float](dst, x []T) {
	m := Max(x)
	logSum := T(math.Log(float64(sumExp(x, m))))
	AddScalar(dst, x, -m)
	AddScalar(dst, dst, -logSum)
}
