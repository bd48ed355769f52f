package sweep_test

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"entrec/mvssl/sweep"
)

// drawn are made-up values of so many seeds and images.
func drawn(seeds, images int) [][]int32 {
	rng := rand.New(rand.NewPCG(uint64(seeds), uint64(images)))
	values := make([][]int32, seeds)
	for s := range values {
		for range images {
			values[s] = append(values[s], int32(rng.IntN(4)-2))
		}
	}
	return values
}

// TestBootstrapAgainstNaive: every resample is the mean over the seeds and images that
// were drawn for it.
func TestBootstrapAgainstNaive(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {1, 40}, {3, 1}, {5, 60}, {8, 33}} {
		values := drawn(c[0], c[1])
		random := rand.NewPCG(0x626f6f74, 0)
		draw := func(n int) int { high, _ := bits.Mul64(random.Uint64(), uint64(n)); return int(high) }
		var means []float64
		for range sweep.Resamples {
			var seeds, images []int
			for range c[0] {
				seeds = append(seeds, draw(c[0]))
			}
			for range c[1] {
				images = append(images, draw(c[1]))
			}
			sum := 0.0
			for _, s := range seeds {
				for _, i := range images {
					sum += float64(values[s][i])
				}
			}
			means = append(means, sum/float64(c[0]*c[1]))
		}
		slices.Sort(means)
		require.Equal(t, sweep.Interval{Low: means[250], High: means[9749], Images: c[1]}, sweep.Bootstrap(values))
	}
}

// TestBootstrapKnown: intervals that are known otherwise.
func TestBootstrapKnown(t *testing.T) {
	// Nothing varies.
	require.Equal(t, sweep.Interval{Low: 1, High: 1, Images: 3}, sweep.Bootstrap([][]int32{{1, 1, 1}, {1, 1, 1}}))

	// Images do not vary: the mean of three seeds of 0, 3 and 12, over all 27 draws.
	var all []float64
	seeds := []int32{0, 3, 12}
	for i := range 27 {
		all = append(all, float64(seeds[i%3]+seeds[i/3%3]+seeds[i/9])/3)
	}
	slices.Sort(all)
	b := sweep.Bootstrap([][]int32{{0, 0}, {3, 3}, {12, 12}})
	require.Equal(t, stat.Quantile(0.025, stat.Empirical, all, nil), b.Low)
	require.Equal(t, stat.Quantile(0.975, stat.Empirical, all, nil), b.High)

	// Seeds do not vary: the images that are right are binomial.
	const images, right = 2000, 700
	one := make([]int32, images)
	for i := range right {
		one[i] = 1
	}
	b = sweep.Bootstrap([][]int32{one, one, one, one})
	deviation := distuv.Binomial{N: images, P: float64(right) / images}.StdDev() / images
	normal := distuv.UnitNormal.Quantile(0.975)
	require.InDelta(t, float64(right)/images-normal*deviation, b.Low, 0.0008)
	require.InDelta(t, float64(right)/images+normal*deviation, b.High, 0.0008)

	// Both vary, each by itself: variances add up.
	const n = 12
	values := make([][]int32, n)
	for s := range values {
		for i := range 400 {
			values[s] = append(values[s], int32(s+20*(i%2)))
		}
	}
	b = sweep.Bootstrap(values)
	bySeeds, byImages := (n*n-1.0)/12/n, 100.0/400
	require.InDelta(t, 2*normal*math.Sqrt(bySeeds+byImages), b.High-b.Low, 0.15)
	require.InDelta(t, 15.5, (b.High+b.Low)/2, 0.1)
}

// TestBootstrapDigits: the same digits on every machine, ever.
func TestBootstrapDigits(t *testing.T) {
	require.Equal(t, sweep.Interval{Low: -0.551, High: -0.436, Images: 1000}, sweep.Bootstrap(drawn(5, 1000)))
	require.Panics(t, func() { sweep.Bootstrap(nil) })
	require.Panics(t, func() { sweep.Bootstrap([][]int32{{1}, {1, 2}}) })
}

func BenchmarkBootstrap(b *testing.B) {
	values := drawn(5, 10000)
	for b.Loop() {
		sweep.Bootstrap(values)
	}
}
