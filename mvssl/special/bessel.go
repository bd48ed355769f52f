package special

import (
	"math"
)

// seriesLimit is the largest x at which the ascending series is used.
const seriesLimit = 20

// LogBesselI returns log I_ν(x), the logarithm of the modified Bessel function of
// the first kind, for ν ≥ 0 and x ≥ 0; NaN outside.
//
// For orders from 50 on it is Debye's expansion. Below, for x up to 20, it is the
// ascending series, all of whose terms are positive (DLMF 10.25.2):
//
//	I_ν(x) = (x/2)^ν/Γ(ν+1) · Σ_k (x²/4)^k / (k!·(ν+1)…(ν+k))
//
// and beyond that the order is raised to where Debye's expansion holds, by the
// recurrence I_{μ−1} = (2μ/x)·I_μ + I_{μ+1}, stable downwards: with
// r_μ = I_μ/I_{μ−1},
//
//	r_μ = 1/(2μ/x + r_{μ+1}),  log I_ν = log I_{ν+m} − Σ_{i=1}^m log r_{ν+i}
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
		return nu*math.Log(x/2) - logGamma(nu+1) + math.Log1p(seriesRest(nu, x))
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

// hypot returns √(a² + b²) for a, b > 0, without overflow.
func hypot(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	t := b / a
	return a * math.Sqrt(1+t*t)
}
