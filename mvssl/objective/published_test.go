package objective

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/special"
)

// TestPublishedEntropies: what the official file gives for k unit rows spread evenly, κ 10
// and the point included, beside what the ER paper's Figure 2 shows: docs/paper.md tells
// what follows.
func TestPublishedEntropies(t *testing.T) {
	const kappa = 10
	for _, c := range []struct {
		k, d            int
		official, exact float64
		own             float64 // the point's share of its sum
	}{
		{4096, 128, -45.482, -128.589, 0.78},
		{512, 128, -47.352, -130.459, 0.97},
		{256, 128, -48.029, -131.136, 0.98},
		{256, 256, -77.767, -348.609, 0.986},
	} {
		rng := rand.New(rand.NewPCG(1, uint64(c.k)))
		z := &autograd.Var[float64]{Value: unit(rng, c.k, c.d)}
		// Evenly spread: each of the others adds the mean of e^(κ·cos) over the sphere.
		mean := math.Exp(special.LogVMFNormalizer(c.d, 0) - special.LogVMFNormalizer(c.d, kappa))
		others := math.Log(float64(c.k)) - math.Log(math.Exp(kappa)+float64(c.k-1)*mean)
		require.InDelta(t, c.own, math.Exp(kappa)/(math.Exp(kappa)+float64(c.k-1)*mean), 0.006)
		// By convexity, rows whose cosines are all the least that their mean can be are the
		// highest that there is.
		most := math.Log(float64(c.k)) - math.Log(math.Exp(kappa)+float64(c.k-1)*math.Exp(-kappa/float64(c.k-1)))
		require.InDelta(t, 0.04, most-others, 0.04)
		for _, n := range []struct {
			Normalizer
			want float64
		}{{Official, c.official}, {Exact, c.exact}} {
			require.InDelta(t, n.want, others-n.logC(c.d, kappa), 0.0006, "k %d, d %d", c.k, c.d)
			h := EntropySphere(z, EntropyConfig{Kappa: kappa, Normalizer: n.Normalizer}).Value.Item()
			require.InDelta(t, n.want, h, 0.002, "k %d, d %d, drawn", c.k, c.d)
		}
	}
	// The dashed line at DINO's maximum, of 65,536 prototypes: bits where the curves have nats.
	require.InDelta(t, 11.09, math.Log(65536), 0.001)
	require.Equal(t, 16., math.Log2(65536))
}
