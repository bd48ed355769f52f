package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate/quad"

	"entrec/mvssl/mi"
	"entrec/mvssl/special"
	"entrec/tensor"
)

func rowsOf(x [][]float64) *tensor.Tensor[float64] {
	var all []float64
	for _, r := range x {
		all = append(all, r...)
	}
	return tensor.FromSlice(all, len(x), len(x[0]))
}

// uniform returns n points of the sphere in d dimensions.
func uniform(seed uint64, n, d int) *tensor.Tensor[float64] {
	rng, z := rand.New(rand.NewPCG(seed, 1)), tensor.New[float64](n, d)
	for i := range z.Data() {
		z.Data()[i] = rng.NormFloat64()
	}
	return unitRows(z)
}

// around returns n samples of the von Mises–Fisher density of concentration kappa around
// the first axis.
func around(seed uint64, n, d int, kappa float64) *tensor.Tensor[float64] {
	z1, z2 := mi.VMF(d, kappa).Sample(rand.New(rand.NewPCG(seed, 2)), n)
	z, rest := tensor.New[float64](n, d), uniform(seed, n, d-1)
	for i := range n {
		cosine := floats.Dot(z1[i], z2[i])
		z.Data()[i*d] = cosine
		for j, v := range rest.Data()[i*(d-1) : (i+1)*(d-1)] {
			z.Data()[i*d+1+j] = v * math.Sqrt(1-cosine*cosine)
		}
	}
	return z
}

// A cap's area is what integrating its rings gives: that of the sphere in d−1 dimensions,
// of radius sin θ.
func TestCapArea(t *testing.T) {
	for _, d := range []int{2, 3, 4, 8, 65, 128} {
		for _, rho := range []float64{1e-3, 0.1, 0.5, 1, 1.3, math.Sqrt2, 1.5, 1.9, 2} {
			angle := 2 * math.Asin(rho/2)
			ring := math.Log(2) // of the two points of d = 2
			if d > 2 {
				ring = -special.LogVMFNormalizer(d-1, 0)
			}
			largest := math.Sin(min(angle, math.Pi/2)) // taken out, so that nothing underflows
			area := quad.Fixed(func(x float64) float64 { return math.Pow(math.Sin(x)/largest, float64(d-2)) }, 0, angle, 400, nil, 0)
			require.InDelta(t, ring+math.Log(area)+float64(d-2)*math.Log(largest), logCapArea(d, rho), 1e-8, "d %d, distance %g", d, rho)
		}
	}
	// Where floating-point numbers end, a cap is a ball of the tangent space.
	d, rho := 2048, 1e-6
	lg, _ := math.Lgamma(float64(d-1)/2 + 1)
	require.InDelta(t, float64(d-1)*(math.Log(rho)+0.5*math.Log(math.Pi))-lg, logCapArea(d, rho), 1e-6)
}

// All three estimates beside entropies that are known, with enough samples.
func TestEntropies(t *testing.T) {
	for _, c := range []struct {
		n, d               int
		kappa              float64 // 0 is uniform
		knn, logDet, above float64 // tolerances, and how far the upper bound may be away
	}{
		{2000, 2, 0, 0.1, 0.01, 0},
		{2000, 3, 0, 0.1, 0.01, 0},
		{512, 16, 0, 0.3, 0.05, 0},
		{512, 128, 0, 0.5, 0.3, 0},
		{2000, 3, 5, 0.1, 0.05, 0.3},
		{2000, 3, 100, 0.1, 0.05, 4},
		{2000, 8, 20, 0.2, 0.05, 4},
	} {
		t.Run(fmt.Sprintf("n=%d,d=%d,kappa=%g", c.n, c.d, c.kappa), func(t *testing.T) {
			z := uniform(1, c.n, c.d)
			if c.kappa > 0 {
				z = around(1, c.n, c.d, c.kappa)
			}
			truth := -special.LogVMFNormalizer(c.d, c.kappa)
			if c.kappa > 0 {
				truth -= c.kappa * meanCosine(c.d, c.kappa)
			}
			knn, ok := EntropyKNN(z)
			require.True(t, ok)
			require.InDelta(t, truth, knn, c.knn)
			bound, ok := EntropyLogDet(z)
			require.True(t, ok)
			require.Greater(t, bound, truth-c.logDet)
			require.Less(t, bound, truth+c.above+c.logDet)
		})
	}
}

// meanCosine is −∂ log C_d/∂κ.
func meanCosine(d int, kappa float64) float64 {
	h := 1e-4 * kappa
	return -(special.LogVMFNormalizer(d, kappa+h) - special.LogVMFNormalizer(d, kappa-h)) / (2 * h)
}

func TestEntropiesOfLittle(t *testing.T) {
	same := tensor.New[float64](5, 3)
	for i := range 5 {
		same.Data()[3*i] = 1
	}
	h, ok := EntropyKNN(same)
	require.True(t, ok)
	require.InDelta(t, 2*math.Log(1e-7), h, 5, "finite, and far down")
	h, ok = EntropyLogDet(same)
	require.True(t, ok)
	require.Less(t, h, -25.0)
	require.InDeltaSlice(t, []float64{0, 0, 0}, Spectrum(same), 1e-15)

	for name, z := range map[string]*tensor.Tensor[float64]{"one row": uniform(1, 1, 3), "d = 1": uniform(1, 5, 1)} {
		_, ok = EntropyKNN(z)
		require.False(t, ok, name)
	}
	for _, n := range []int{2, 3} {
		_, ok = EntropyLogDet(uniform(1, n, 3))
		require.False(t, ok, "%d rows", n)
	}
	_, ok = EntropyLogDet(uniform(1, 4, 3))
	require.True(t, ok)
	same.Data()[0] = math.NaN()
	require.Nil(t, Spectrum(same))
}

// Of points on two axes the eigenvalues are their mean squares.
func TestSpectrum(t *testing.T) {
	z := rowsOf([][]float64{{1, 0, 0}, {-1, 0, 0}, {1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}})
	require.InDeltaSlice(t, []float64{4. / 6, 2. / 6, 0}, Spectrum(z), 1e-15)
	require.Len(t, Spectrum(uniform(1, 4, 9)), 4)
	sum := 0.0
	for _, v := range Spectrum(uniform(2, 300, 5)) {
		sum += v
	}
	require.InDelta(t, 1, sum, 0.02)
}
