package portable

import "math"

const sqrtPi = 0x1.c5bf891b4ef6ap0

// erfcFrom is where the continued fraction for erfc takes over from the series for
// erf.
const erfcFrom = 0.75

// Erfc returns 1 − erf x = (2/√π)·∫_x^∞ e^{−t²} dt, within 10 units in the last
// place, also where it is small.
//
// From x = 0.75 it is the continued fraction (DLMF 7.9.1, 7.9.2)
//
//	erfc x = e^{−x²}/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …
//
// cut off where the rest is below 10⁻¹⁷. For smaller |x| it is 1 − erf x.
func Erfc(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x < -erfcFrom:
		return 2 - Erfc(-x)
	case x < erfcFrom:
		return 1 - erfSeries(x)
	case x > 28:
		return 0
	}
	levels := 40 + int(200/float64(x*x))
	f := x
	for n := levels; n >= 1; n-- {
		f = x + float64(n)/2/f
	}
	return expOfMinusSquare(x) / float64(sqrtPi*f)
}

// Erf returns (2/√π)·∫_0^x e^{−t²} dt, within 5 units in the last place.
func Erf(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > erfcFrom:
		return 1 - Erfc(x)
	case x < -erfcFrom:
		return Erfc(-x) - 1
	}
	return erfSeries(x)
}

// erfSeries returns (2/√π)·e^{−x²}·Σ_n 2ⁿ·x^{2n+1}/(1·3·…·(2n+1)), all of whose terms
// have one sign (DLMF 7.6.2).
func erfSeries(x float64) float64 {
	q := float64(x * x)
	sum := 0.0
	for term, n := x, 1.0; ; n++ {
		sum += term
		term = float64(term*float64(2*q)) / (float64(2*n) + 1)
		if math.Abs(term) <= 1e-17*math.Abs(sum) {
			break
		}
	}
	return float64(2*sum) * expOfMinusSquare(x) / sqrtPi
}

// expOfMinusSquare returns e^{−x²} corrected for the rounding error of x².
func expOfMinusSquare(x float64) float64 {
	q := float64(x * x)
	rest := math.FMA(x, x, -q)
	e := Exp(-q)
	return e - float64(e*rest)
}
