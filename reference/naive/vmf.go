package naive

import (
	"math"

	"entrec/reference/portable"
)

// VMFLogNormalizer returns, for each κ, log C_d(κ): the logarithm of the constant that
// makes C_d(κ)·e^{κ·⟨μ,z⟩} a density on the unit sphere in d ≥ 2 dimensions.
func VMFLogNormalizer(kappa []float64, d int) []float64 {
	return mapped(kappa, func(k float64) float64 { return newVonMisesFisher(d, k).logNormalizer() })
}

// VMFLogNormalizerGrad returns −ct·A_d(κ), where A_d(κ) = −d/dκ log C_d(κ) is the mean
// of ⟨μ,z⟩ under the density.
func VMFLogNormalizerGrad(kappa []float64, d int, ct []float64) []float64 {
	g := make([]float64, len(kappa))
	for i, k := range kappa {
		g[i] = -ct[i] * newVonMisesFisher(d, k).meanCosine()
	}
	return g
}

// vonMisesFisher is the density C_d(κ)·e^{κ·⟨μ,z⟩} on the unit sphere, by the integrals that
// define it. The points z with t = ⟨μ,z⟩ form a sphere of one dimension less and of
// radius √(1−t²), so with a = (d−1)/2
//
//	1/C_d(κ) = 2·π^a/Γ(a) · ∫_{−1}^{1} e^{κ·t}·(1−t²)^{a−1} dt
//
// or, with t = tanh y, an integral of e^{κ·tanh y}/cosh^{d−1} y over all numbers y.
// This integrand is largest at y0, where κ = (d−1)·sinh y0·cosh y0, that is
// e^{2·y0} = r + √(r²+1) with r = 2κ/(d−1). It holds for any κ and d.
type vonMisesFisher struct {
	d     int
	kappa float64
	top   float64 // e^{2·y0}
}

// concentrated is the κ from which on the density is all at t = 1 for float64: there
// −log C_d(κ) = κ − (d−1)/2·log κ + O(d) and A_d(κ) = 1 − (d−1)/2κ + O(d²/κ²), and with
// d < 2³² what stands after the first term is below 10⁻⁸⁰ of it.
const concentrated = 1e100

func newVonMisesFisher(d int, kappa float64) vonMisesFisher {
	r := 2 * (kappa / float64(d-1))
	return vonMisesFisher{d, kappa, r + math.Sqrt(float64(r*r)+1)}
}

// below returns the logarithm of the integrand at y0 + y, less that at y0.
func (v vonMisesFisher) below(y float64) float64 {
	m := portable.Expm1(2 * y)
	cosines := float64(2 * v.kappa / (v.top + 1) * (m / (m + 1 + 1/v.top))) // κ·(tanh(y0+y) − tanh y0)
	cosh := portable.Log1p(float64(m*(v.top/(v.top+1)))) - y                // log(cosh(y0+y)/cosh y0)
	return cosines - float64(float64(v.d-1)*cosh)
}

// logNormalizer returns log C_d(κ).
func (v vonMisesFisher) logNormalizer() float64 {
	if v.kappa > concentrated {
		return -v.kappa
	}
	n := float64(v.d - 1)
	var s portable.Sum
	s.Add(-logArea(v.d - 2))
	s.AddMul(-v.kappa, (v.top-1)/(v.top+1))                          // −κ·tanh y0
	s.AddMul(n, portable.Log((v.top+1)/float64(2*math.Sqrt(v.top)))) // (d−1)·log cosh y0
	s.Add(-portable.Log(integral(v.step(), func(y float64) float64 { return portable.Exp(v.below(y)) })))
	return s.Value()
}

// meanCosine returns A_d(κ), the mean of t = tanh y. Integrated by parts, it is
// κ/(d−1) times the mean of 1/cosh² y, which has one sign.
func (v vonMisesFisher) meanCosine() float64 {
	if v.kappa > concentrated {
		return 1
	}
	f := func(y float64) float64 { return portable.Exp(v.below(y)) }
	all := integral(v.step(), f)
	part := integral(v.step(), func(y float64) float64 {
		e := float64(v.top * portable.Exp(2*y))
		return float64(f(y) * (4 * (e / (e + 1)) / (e + 1)))
	})
	return v.kappa / float64(v.d-1) * (part / all)
}

// step is a tenth of 1/√(d−1), which is the width of the integrand's peak but for a
// factor between 1 and √½.
func (v vonMisesFisher) step() float64 { return 0.1 / math.Sqrt(float64(v.d-1)) }

// logArea returns the logarithm of the area 2·π^a/Γ(a) of the unit sphere in 2a
// dimensions. With x = a·e^y,
//
//	Γ(a) = ∫_0^∞ x^{a−1}·e^{−x} dx = (a/e)^a · ∫ e^{a·(y + 1 − e^y)} dy
func logArea(dim int) float64 {
	a := float64(float64(dim+1) / 2)
	var s portable.Sum
	s.Add(portable.Log(2))
	s.AddMul(-a, portable.Log(a/math.Pi))
	s.Add(a)
	s.Add(-portable.Log(integral(0.1/math.Sqrt(a), func(y float64) float64 {
		return portable.Exp(float64(a * (y - portable.Expm1(y))))
	})))
	return s.Value()
}

// integral returns the integral over all numbers of a function that is analytic and
// falls to both sides of 0, by the trapezoid rule: the step times the sum of the
// values. Its error falls exponentially with the inverse of the step (Trefethen and
// Weideman, 2014).
func integral(step float64, f func(y float64) float64) float64 {
	var s portable.Sum
	s.Add(f(0))
	for _, h := range []float64{step, -step} {
		for n := 1.0; ; n++ {
			v := f(float64(n * h))
			s.Add(v)
			if !(v > 1e-20*s.Value()) {
				break
			}
		}
	}
	return float64(step * s.Value())
}
