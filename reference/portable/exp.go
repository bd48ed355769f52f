package portable

import "math"

// ln2High + ln2Low is log 2 to some 85 bits; the last 20 bits of ln2High are zero,
// so that k·ln2High is exact for |k| < 2^20.
const (
	ln2High = 0x1.62e42fef00000p-1
	ln2Low  = 0x1.473de6af278edp-34
	log2E   = 0x1.71547652b82fep0
)

// reciprocal of factorials, 1/2! … 1/15!.
var factorials = func() (f [14]float64) {
	product := 1.0
	for i := range f {
		product *= float64(i + 2)
		f[i] = 1 / product
	}
	return f
}()

// reduce returns k, r and c with x = k·log 2 + r + c, k whole, |r| ≤ ½·log 2 and c
// below half a unit in the last place of r.
func reduce(x float64) (k, r, c float64) {
	k = math.Floor(float64(x*log2E) + 0.5)
	high := x - float64(k*ln2High)
	low := float64(k * ln2Low)
	r = high - low
	return k, r, (high - r) - low
}

// expTail returns e^{r+c} − 1 − r by the Taylor series, for |r| ≤ ½·log 2.
func expTail(r, c float64) float64 {
	p := 0.0
	for i := len(factorials) - 1; i >= 0; i-- {
		p = float64(p*r) + factorials[i]
	}
	return float64(r*float64(r*p)) + (c + float64(c*r))
}

// Exp returns e^x, within 1 unit in the last place.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	k, r, c := reduce(x)
	return math.Ldexp(1+(r+expTail(r, c)), int(k))
}

// Expm1 returns e^x − 1, within 2 units in the last place, also near 0.
func Expm1(x float64) float64 {
	if !(math.Abs(x) < 30) {
		return Exp(x) - 1
	}
	k, r, c := reduce(x)
	return (math.Ldexp(1, int(k)) - 1) + math.Ldexp(r+expTail(r, c), int(k))
}

// Tanh returns the hyperbolic tangent, (e^{2x} − 1)/(e^{2x} + 1), within 4 units in
// the last place.
func Tanh(x float64) float64 {
	if x > 20 {
		return 1
	}
	if x < -20 {
		return -1
	}
	e := Expm1(2 * x)
	return e / (e + 2)
}
