package bounds

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/integrate/quad"
)

// Gaussian is a distribution of pairs on the unit sphere in D ≥ 2 dimensions: the
// directions of X and Y, standard normal vectors with correlation Rho in each
// coordinate, 0 ≤ Rho < 1. Both directions are uniform.
type Gaussian struct {
	D   int
	Rho float64
}

// MutualInformationOfVectors returns I(X; Y) = −(d/2)·log(1 − ρ²) in nats, before the
// lengths are thrown away. What is on the sphere knows less: the data-processing
// inequality makes it an upper bound.
func (p Gaussian) MutualInformationOfVectors() float64 {
	return -float64(p.D) / 2 * math.Log1p(-p.Rho*p.Rho)
}

// MutualInformation returns I(Z1; Z2) of the directions in nats, not known in closed form,
// by quadrature over the angle φ between them, of which alone the density depends:
//
//	E[g·log g],  log g = [Gaussian.LogRatio](cos φ)
func (p Gaussian) MutualInformation() float64 {
	return expectation(p.D, func(t float64) float64 {
		log := p.LogRatio(t)
		return math.Exp(log) * log
	})
}

// LogRatio returns log p(z1,z2)/(p(z1)·p(z2)) at ⟨z1,z2⟩ = t. Integrating the Gaussian
// density over both lengths, in polar coordinates of the two, leaves
//
//	(1−ρ²)^{d/2} · ∫_0^π sin^{d−1} ψ/(1 − ρ·t·sin ψ)^d dψ / ∫_0^π sin^{d−1} ψ dψ
func (p Gaussian) LogRatio(t float64) float64 {
	d := float64(p.D)
	mean := expectation(p.D+1, func(cosine float64) float64 {
		return math.Exp(-d * math.Log1p(-p.Rho*t*math.Sqrt(1-cosine*cosine)))
	})
	return d/2*math.Log1p(-p.Rho*p.Rho) + math.Log(mean)
}

// Sample draws k pairs.
func (p Gaussian) Sample(rng *rand.Rand, k int) (z1, z2 [][]float64) {
	for range k {
		x, y := make([]float64, p.D), make([]float64, p.D)
		for i := range x {
			x[i] = rng.NormFloat64()
			y[i] = p.Rho*x[i] + math.Sqrt(1-p.Rho*p.Rho)*rng.NormFloat64()
		}
		z1, z2 = append(z1, unit(x)), append(z2, unit(y))
	}
	return z1, z2
}

// points and pointWeights are those of Gauss–Legendre quadrature over [0, π]. With twice as
// many, values here differ by less than 1e-13 of themselves for d ≤ 128 and ρ ≤ 0.9.
var points, pointWeights = func() (x, w []float64) {
	x, w = make([]float64, 200), make([]float64, 200)
	quad.Legendre{}.FixedLocations(x, w, 0, math.Pi)
	return x, w
}()

// expectation returns E[f(⟨u,v⟩)] of independent uniform directions u and v in d
// dimensions, by Gauss–Legendre quadrature over the angle φ between them, whose
// density is proportional to sin^{d−2} φ.
func expectation(d int, f func(cosine float64) float64) float64 {
	sum, total := 0.0, 0.0
	for i, phi := range points {
		w := pointWeights[i] * math.Pow(math.Sin(phi), float64(d-2))
		sum += w * f(math.Cos(phi))
		total += w
	}
	return sum / total
}
