package objective

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/tensor"
)

// bunches returns rows around centers that lie far from each other, and the number
// of the center of each.
func bunches(rng *rand.Rand, n, d, centers int, spread float64) (*tensor.Tensor[float64], []int) {
	x, labels := unit(rng, n, d), make([]int, n)
	c := unit(rng, centers, d)
	for i := range n {
		labels[i] = rng.IntN(centers)
		for j := range d {
			x.Data()[i*d+j] = c.Data()[labels[i]*d+j] + spread*x.Data()[i*d+j]
		}
	}
	return x, labels
}

func TestKMeansFindsBunches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, truth := bunches(rng, 600, 32, 4, 0.05)
	for name, cluster := range map[string]func(context.Context, *rand.Rand, *tensor.Tensor[float64], int, int) (*tensor.Tensor[float64], []int, error){
		"euclidean": KMeans[float64], "spherical": SphericalKMeans[float64],
	} {
		// Of several beginnings the one with the least error: some end in local minima.
		pure := 0
		for range 5 {
			_, labels, err := cluster(t.Context(), rng, x, 4, 10)
			require.NoError(t, err)
			of := map[[2]int]bool{}
			for i, l := range labels {
				of[[2]int{l, truth[i]}] = true
			}
			if len(of) == 4 {
				pure++
			}
		}
		require.Positive(t, pure, name)
	}
}

// TestKMeansNearest: labels are those of the nearest centroid, and centroids the
// means of their rows once nothing moves.
func TestKMeansNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, d, clusters = 200, 5, 7
	x := normal(rng, n, d)
	centroids, labels, err := KMeans(t.Context(), rng, x, clusters, 200)
	require.NoError(t, err)
	sums, sizes := make([]float64, clusters*d), make([]float64, clusters)
	for i, l := range labels {
		distance := func(c int) (s float64) {
			for j := range d {
				s += math.Pow(x.At(i, j)-centroids.At(c, j), 2)
			}
			return s
		}
		for c := range clusters {
			require.LessOrEqual(t, distance(l), distance(c)+1e-12)
		}
		sizes[l]++
		for j := range d {
			sums[l*d+j] += x.At(i, j)
		}
	}
	for c := range clusters {
		for j := range d {
			require.InDelta(t, sums[c*d+j]/sizes[c], centroids.At(c, j), 1e-12)
		}
	}
}

// TestKMeansRefills: a cluster that loses its rows takes over half of another's.
func TestKMeansRefills(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	c := &clustering[float64]{d: 2, centroids: []float64{9, 9, 4, 8, 7, 7}}
	sizes := []int{0, 5, 1}
	c.refill(rng, sizes)
	require.Equal(t, []int{2, 3, 1}, sizes)
	require.Equal(t, []float64{4 + 4./1024, 8 - 8./1024, 4 - 4./1024, 8 + 8./1024, 7, 7}, c.centroids)

	// Rows that are all equal leave all clusters but one empty, which must end well.
	same := tensor.New[float32](20, 3)
	same.Fill(0.5)
	centroids, labels, err := KMeans(t.Context(), rng, same, 8, 5)
	require.NoError(t, err)
	require.Len(t, labels, 20)
	for _, v := range centroids.Data() {
		require.InDelta(t, 0.5, float64(v), 0.05)
	}
	unitRows := tensor.New[float32](20, 1)
	unitRows.Fill(1)
	centroids, _, err = SphericalKMeans(t.Context(), rng, unitRows, 8, 5)
	require.NoError(t, err)
	for _, v := range centroids.Data() {
		require.Equal(t, float32(1), v)
	}
}

// TestKMeansThreads demands the same bits whatever the number of threads.
func TestKMeansThreads(t *testing.T) {
	defer tensor.SetThreads(tensor.Threads())
	x := tensor.Convert[float32](normal(rand.New(rand.NewPCG(7, 8)), 500, 24))
	for name, cluster := range map[string]func(context.Context, *rand.Rand, *tensor.Tensor[float32], int, int) (*tensor.Tensor[float32], []int, error){
		"euclidean": KMeans[float32], "spherical": SphericalKMeans[float32],
	} {
		run := func(threads int) ([]float32, []int) {
			tensor.SetThreads(threads)
			c, l, err := cluster(t.Context(), rand.New(rand.NewPCG(1, 1)), x, 40, 6)
			require.NoError(t, err)
			return c.Data(), l
		}
		centroids, labels := run(1)
		for _, n := range []int{2, 3} {
			c, l := run(n)
			require.Equal(t, centroids, c, name)
			require.Equal(t, labels, l, name)
		}
	}
}

// TestKMeansCanceled: clustering ends with the context's cause.
func TestKMeansCanceled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	rng := rand.New(rand.NewPCG(1, 1))
	x := normal(rng, 20, 3)
	_, _, err := KMeans(ctx, rng, x, 4, 3)
	require.Equal(t, why, err)
	_, _, err = SphericalKMeans(ctx, rng, x, 4, 0)
	require.Equal(t, why, err)
}
