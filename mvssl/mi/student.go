package mi

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
)

// Student returns the two halves of a multivariate Student variable in 2·d dimensions with ν
// degrees of freedom and the identity for its dispersion: not correlated, and dependent by
// the scale that they share. Of the entropies of both halves and of the whole remains
//
//	I = 2·f(ν + d) − f(ν) − f(ν + 2d),  f(x) = (x/2)·ψ(x/2) − log Γ(x/2)
//
// (Arellano-Valle, Contreras-Reyes and Genton, 2013).
func Student(d, nu int) Task {
	return Task{
		Name: fmt.Sprintf("student-%d-%d", d, nu), Doc: fmt.Sprintf("Student in %d dimensions with %d degrees of freedom, which share their scale", d, nu),
		X: d, Y: d, MI: studentMI(float64(nu), float64(d)),
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			chi := 0.0
			for range nu {
				v := rng.NormFloat64()
				chi += v * v
			}
			scale := math.Sqrt(float64(nu) / chi)
			for range d {
				x, y = append(x, scale*rng.NormFloat64()), append(y, scale*rng.NormFloat64())
			}
			return x, y
		}),
	}
}

func studentMI(nu, d float64) float64 {
	f := func(x float64) float64 {
		logGamma, _ := math.Lgamma(x / 2)
		return x/2*mathext.Digamma(x/2) - logGamma
	}
	return 2*f(nu+d) - f(nu) - f(nu+2*d)
}
