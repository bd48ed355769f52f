package objective

import (
	"math"

	"entrec/autograd"
)

// EntropyGaussian returns the entropy, in nats, of a Gaussian with the second moments that
// projections z (k, d) have with noise of variance eps/d in each coordinate:
//
//	½·log det( 2πe·(zᵀz/k + eps/d·I) )
//
// the most that any density with these moments has. But for a constant it is [CodingRate],
// and it panics as that does.
func EntropyGaussian[T Float](z *autograd.Var[T], eps float64) *autograd.Var[T] {
	d := z.Value.Dim(1)
	return autograd.AddScalar(CodingRate(z, eps), EntropyOfNormal(d)+float64(d)/2*math.Log(eps/float64(d)))
}

// EntropyOfNormal returns that of a standard normal distribution in d dimensions, in nats.
func EntropyOfNormal(d int) float64 { return float64(d) / 2 * math.Log(2*math.Pi*math.E) }
