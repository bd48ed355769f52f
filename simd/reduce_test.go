package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSumAccuracy: with at most 4096/64 elements to a partial sum, and six more
// additions, the error is at most 70·ε/2·Σ|x|; the same for Dot, whose products are
// rounded besides.
func TestSumAccuracy(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(11, 12))
		for _, n := range []int{0, 1, 63, 64, 65, 1000, 4096, 4097, 100_000, 1_000_000} {
			x, y := random[float32](rng, n), random[float32](rng, n)
			if n%2 == 0 {
				for i := range x {
					x[i] = x[i] + 3 // a mean that partial sums grow with
				}
			}
			var sum, size, dot, dotSize float64
			for i, v := range x {
				sum += float64(v)
				size += math.Abs(float64(v))
				dot += float64(v) * float64(y[i])
				dotSize += math.Abs(float64(v) * float64(y[i]))
			}
			require.LessOrEqual(t, math.Abs(float64(Sum(x))-sum), 70*0x1p-24*size, "sum of %d", n)
			require.LessOrEqual(t, math.Abs(float64(Dot(x, y))-dot), 71*0x1p-24*dotSize, "dot of %d", n)
		}
	})
}

// TestSumOrder holds the documented order against sums whose every rounding shows.
func TestSumOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	x := random[float32](rng, 1000)
	var p [64]float32
	for i, v := range x {
		p[i%64] += v
	}
	for h := 32; h > 0; h /= 2 {
		for i := range h {
			p[i] += p[i+h]
		}
	}
	atEachLevel(t, func(t *testing.T) { require.Equal(t, p[0], Sum(x)) })
}

func TestMax(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testMax[float32])
		t.Run("f64", testMax[float64])
	})
}

func testMax[T Float](t *testing.T) {
	inf, nan := T(math.Inf(1)), T(math.NaN())
	require.Equal(t, -inf, Max[T](nil))
	for n := 1; n < 300; n++ {
		x := make([]T, n)
		for i := range x {
			x[i] = -inf
		}
		require.Equal(t, -inf, Max(x))
		for i := range x {
			x[i] = T(-1 - i)
		}
		at := 7919 * n / 3 % n
		x[at] = 2
		require.Equal(t, T(2), Max(x), "%d of %d", at, n)
		x[at] = nan
		require.True(t, Max(x) != Max(x), "NaN at %d of %d", at, n)
		x[at] = inf
		require.Equal(t, inf, Max(x))
		for i := range x {
			x[i] = T(math.Copysign(0, -1))
		}
		require.False(t, math.Signbit(float64(Max(x))), "a largest zero is +0")
	}
}
