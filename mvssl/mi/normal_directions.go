package mi

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/integrate/quad"

	"entrec/mvssl/special"
)

// NormalDirections returns the directions of X and Y, standard normal vectors in d ≥ 2
// dimensions with the correlation ρ, 0 ≤ ρ < 1, in each coordinate. Both are uniform on the
// sphere. What is on it knows less than the vectors, whose lengths are thrown away; there is
// no closed form, and quadrature over the angle between them gives
//
//	E[g·log g],  g = p(x,y)/(p(x)·p(y))
func NormalDirections(d int, rho float64) Task {
	ratio := normalDirections{d, rho}
	return Task{
		Name: fmt.Sprintf("directions-%d-%g", d, rho), Doc: fmt.Sprintf("directions of normal vectors in %d dimensions with a correlation of %g in each coordinate", d, rho),
		X: d, Y: d, On: Sphere, Entropy: known(-special.LogVMFNormalizer(d, 0)),
		MI: meanOverSphere(d, func(t float64) float64 {
			log := ratio.log(t)
			return math.Exp(log) * log
		}),
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			for range d {
				a := rng.NormFloat64()
				x, y = append(x, a), append(y, rho*a+math.Sqrt(1-rho*rho)*rng.NormFloat64())
			}
			return direction(x), direction(y)
		}),
	}
}

// normalDirections are those in d dimensions with the correlation ρ of the vectors.
type normalDirections struct {
	d   int
	rho float64
}

// log returns log p(x,y)/(p(x)·p(y)) at ⟨x,y⟩ = t. Integrating the density of the vectors
// over both lengths, in polar coordinates of the two, leaves
//
//	(1−ρ²)^{d/2} · ∫_0^π sin^{d−1} ψ/(1 − ρ·t·sin ψ)^d dψ / ∫_0^π sin^{d−1} ψ dψ
func (p normalDirections) log(t float64) float64 {
	d := float64(p.d)
	mean := meanOverSphere(p.d+1, func(cosine float64) float64 {
		return math.Exp(-d * math.Log1p(-p.rho*t*math.Sqrt(1-cosine*cosine)))
	})
	return d/2*math.Log1p(-p.rho*p.rho) + math.Log(mean)
}

// angles and angleWeights are those of Gauss–Legendre quadrature over [0, π]. With twice as
// many, values here differ by less than 1e-13 of themselves for d ≤ 128 and ρ ≤ 0.9.
var angles, angleWeights = func() (x, w []float64) {
	x, w = make([]float64, 200), make([]float64, 200)
	quad.Legendre{}.FixedLocations(x, w, 0, math.Pi)
	return x, w
}()

// meanOverSphere returns E[f(⟨u,v⟩)] of independent uniform directions u and v in d
// dimensions, by quadrature over the angle φ between them, whose density is proportional to
// sin^{d−2} φ.
func meanOverSphere(d int, f func(cosine float64) float64) float64 {
	sum, total := 0.0, 0.0
	for i, phi := range angles {
		w := angleWeights[i] * math.Pow(math.Sin(phi), float64(d-2))
		sum += w * f(math.Cos(phi))
		total += w
	}
	return sum / total
}
