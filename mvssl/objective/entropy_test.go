package objective

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/tensor"
)

// TestEntropiesOfKnownDensities: the estimates come near the entropy of a normal
// distribution in the plane and of the even one on the sphere. A kernel density's is
// too large by its own width, and at most log k below that of one kernel.
func TestEntropiesOfKnownDensities(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const k, kappa = 1500, 20.
	value := func(x *autograd.Var[float64]) float64 { return x.Value.Item() }
	frozen := func(x *tensor.Tensor[float64]) *autograd.Var[float64] { return &autograd.Var[float64]{Value: x} }
	z, u := frozen(normal(rng, k, 2)), frozen(unit(rng, k, 3))

	require.InDelta(t, 1+math.Log(2*math.Pi), EntropyOfNormal(2), 1e-15)
	require.InDelta(t, EntropyOfNormal(2), value(EntropyGaussian(z, 1e-9)), 0.05)
	require.InDelta(t, EntropyOfNormal(2), value(EntropyNearest(z, 2)), 0.1)
	require.InDelta(t, EntropyOfNormal(2), value(EntropyPlane(z, kappa, Exclude)), 0.1)
	require.InDelta(t, math.Log(4*math.Pi), value(EntropyNearest(u, 2)), 0.1)
	require.InDelta(t, math.Log(4*math.Pi), value(EntropySphere(u, EntropyConfig{Kappa: kappa, Self: Exclude})), 0.1)

	// Far points have each its own kernel, one point has one.
	far := frozen(tensor.FromSlice([]float64{0, 0, 1e3, 0, 0, 1e3}, 3, 2))
	require.InDelta(t, math.Log(3)-math.Log(kappa/(2*math.Pi)), value(EntropyPlane(far, kappa, Include)), 1e-12)
	point := frozen(tensor.New[float64](3, 2))
	require.InDelta(t, -math.Log(kappa/(2*math.Pi)), value(EntropyPlane(point, kappa, Include)), 1e-12)
	require.InDelta(t, value(EntropyPlane(point, kappa, Include)), value(EntropyPlane(point, kappa, Exclude)), 1e-12)
}
