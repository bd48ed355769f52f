package special

import (
	"math"
)

// seriesLimit is the largest x at which the ascending series is used, recurrenceLimit the
// largest at which recurrences are: their steps grow with √x.
const (
	seriesLimit     = 20
	recurrenceLimit = 1e5
)

// LogBesselI returns log I_ν(x), the logarithm of the modified Bessel function of
// the first kind, for ν ≥ 0 and x ≥ 0; NaN outside.
//
// For orders from 50 on it is Debye's expansion. Below, for x up to 20, it is the
// ascending series, all of whose terms are positive (DLMF 10.25.2):
//
//	I_ν(x) = (x/2)^ν/Γ(ν+1) · Σ_k (x²/4)^k / (k!·(ν+1)…(ν+k))
//
// and from there to 10⁵ the order is raised to where Debye's expansion holds, by the
// recurrence I_{μ−1} = (2μ/x)·I_μ + I_{μ+1}, stable downwards: with
// r_μ = I_μ/I_{μ−1},
//
//	r_μ = 1/(2μ/x + r_{μ+1}),  log I_ν = log I_{ν+m} − Σ_{i=1}^m log r_{ν+i}
//
// Beyond that it is Hankel's expansion (DLMF 10.40.1; see hankelRest):
//
//	log I_ν(x) = x − ½·log(2πx) + log Σ_k (−1)^k·a_k(ν)/x^k
//
// The error is below 3·10⁻¹⁵ of the largest of |log I|, ν·|log(x/2)|, log Γ(ν+1), x and
// 1, so 10⁻¹² relative but near I_ν(x) = 1, where the logarithm crosses 0.
func LogBesselI(nu, x float64) float64 {
	switch {
	case !(nu >= 0) || !(x >= 0):
		return math.NaN()
	case x == 0 && nu == 0:
		return 0
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	case nu >= debyeOrder:
		return logBesselIDebye(nu, x)
	case x <= seriesLimit:
		return nu*logQuotient(x, 2) - logGamma(nu+1) + math.Log1p(seriesRest(nu, x))
	case x > recurrenceLimit:
		return x - 0.5*math.Log(x) - halfLog2Pi + math.Log1p(hankelRest(nu, x))
	}
	m := int(math.Ceil(debyeOrder - nu))
	log := logBesselIDebye(nu+float64(m), x)
	ratios(nu, x, m, func(r float64) { log -= math.Log(r) })
	return log
}

// seriesRest returns Σ_{k≥1} (x²/4)^k / (k!·(ν+1)…(ν+k)).
func seriesRest(nu, x float64) float64 {
	q := x * x / 4
	rest := 0.0
	for k, term := 1.0, 1.0; ; k++ {
		term *= q / (k * (nu + k))
		rest += term
		if term <= 1e-17*rest {
			return rest
		}
	}
}

// ratios calls f with r_μ = I_μ(x)/I_{μ−1}(x) for μ = ν+m, …, ν+1.
func ratios(nu, x float64, m int, f func(r float64)) {
	r := ratioAbove(nu+float64(m)+1, x)
	for i := m; i >= 1; i-- {
		r = 1 / (2*(nu+float64(i))/x + r)
		f(r)
	}
}

// ratioAbove returns I_μ(x)/I_{μ−1}(x) by the continued fraction
// r_μ = 1/(2μ/x + r_{μ+1}) (DLMF 10.33.1), begun far above from Amos's bound
// (1974), r_μ ≈ x/(μ−½ + √((μ+½)² + x²)). Each level multiplies the error by r_μ²,
// which is below e^{−2μ/x} for μ < x, so 7·√x levels divide it by e^49, and below
// ½ for μ > x, so 60 more do for small x.
func ratioAbove(mu, x float64) float64 {
	levels := 60 + int(7*math.Sqrt(x))
	top := mu + float64(levels)
	r := x / (top - 0.5 + hypot(top+0.5, x))
	for i := levels - 1; i >= 0; i-- {
		r = 1 / (2*(mu+float64(i))/x + r)
	}
	return r
}

// hankelRest returns Σ_{k≥1} (−1)^k·a_k(ν)/x^k for 0 ≤ ν ≤ debyeOrder+1 and
// x ≥ recurrenceLimit, with (DLMF 10.17.1)
//
//	a_k(ν) = (4ν²−1²)·(4ν²−3²)…(4ν²−(2k−1)²)/(k!·8^k)
//
// There each term is below (4ν²+4k²)/(8k·x) < 0.014 of the one before while
// k ≤ 52, so that the tenth is below 10⁻²⁰; where a factor is 0, for half an odd number, the
// sum ends. What is left out is of the size of the first term that is (DLMF 10.40.10), as is
// e^{−2x}, that of the other solution.
func hankelRest(nu, x float64) float64 {
	rest, term := 0.0, 1.0
	for k := 1.0; math.Abs(term) > 1e-20; k++ {
		odd := 2*k - 1
		term *= -(2*nu - odd) * (2*nu + odd) / (8 * k) / x
		rest += term
	}
	return rest
}

// logQuotient returns log(a/b) for a > 0 and b ≥ 1, also where a/b is below the normal
// numbers.
func logQuotient(a, b float64) float64 {
	if q := a / b; q >= 0x1p-1022 {
		return math.Log(q)
	}
	return logTiny(a) - math.Log(b)
}

// logTiny returns log x for 0 < x < 1. Of numbers below the normal ones, math.Log takes
// the exponent for −1022 on some processors.
func logTiny(x float64) float64 { return math.Log(x*0x1p512) - 512*math.Ln2 }

// hypot returns √(a² + b²) for a, b > 0, without overflow.
func hypot(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	t := b / a
	return a * math.Sqrt(1+t*t)
}
