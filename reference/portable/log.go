package portable

import "math"

// log1pKernel returns log(1+f) by 2·artanh(s), s = f/(2+f), for −0.3 ≤ f ≤ 0.42:
// with R = 2·(s²/3 + s⁴/5 + …) it is f − s·(f − R). carry is subtracted from the
// small part.
func log1pKernel(f, carry float64) float64 {
	s := f / (2 + f)
	z := float64(s * s)
	r := 0.0
	for n := 25; n >= 3; n -= 2 {
		r = float64(z * (r + 2/float64(n)))
	}
	return f - (float64(s*(f-r)) - carry)
}

// Log returns the natural logarithm, within 1 unit in the last place; −Inf for 0,
// NaN below.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	k := float64(e)
	if e == 0 {
		return log1pKernel(m-1, 0)
	}
	return float64(k*ln2High) + log1pKernel(m-1, float64(k*ln2Low))
}

// Log1p returns log(1+x), within 2 units in the last place, also near 0.
func Log1p(x float64) float64 {
	if -0.29 < x && x < 0.41 {
		return log1pKernel(x, 0)
	}
	return Log(1 + x)
}

// Pow returns x^y for x ≥ 0 as e^{y·log x}; its relative error is some
// (1 + |y·log x|) units in the last place.
func Pow(x, y float64) float64 {
	switch {
	case y == 0:
		return 1
	case y == 1:
		return x
	case y == 2:
		return float64(x * x)
	case x == 0 && y > 0:
		return 0
	}
	return Exp(float64(y * Log(x)))
}
