package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSoftmax(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testSoftmax[float32])
		t.Run("f64", testSoftmax[float64])
	})
}

// testSoftmax holds rows against float64 sums of exp1. The largest relative error of
// a softmax is that of e^x and of the sum (each below 2 units in the last place plus
// the sum's), of the inverse and of the product, and what rounding x−m does to
// e^(x−m): |x−m|·ε/2.
func testSoftmax[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	eps := epsilon[T]()
	for _, n := range []int{1, 2, 7, 64, 65, 127, 511, 512, 513, 4096, 4097, 20000} {
		for _, spread := range []float64{0, 1, 30} {
			for _, level := range []float64{0, 1000} {
				x := make([]T, n)
				for i := range x {
					x[i] = T(level + spread*rng.NormFloat64())
				}
				if n > 2 {
					x[n/2] = T(math.Inf(-1))
				}
				m, sum := float64(Max(x)), 0.0
				for _, v := range x {
					sum += exp1(float64(v) - m)
				}
				soft, logSoft := make([]T, n), make([]T, n)
				Softmax(soft, x)
				LogSoftmax(logSoft, x)
				lse := LogSumExp(x)
				want := m + math.Log(sum)
				require.LessOrEqual(t, math.Abs(float64(lse)-want), 80*eps+2*eps*math.Abs(want), "logsumexp of %d", n)
				for i, v := range x {
					d := float64(v) - m
					if math.IsInf(d, -1) {
						require.True(t, soft[i] == 0 && math.IsInf(float64(logSoft[i]), -1))
						continue
					}
					p, q := exp1(d)/sum, d-math.Log(sum)
					require.LessOrEqual(t, math.Abs(float64(soft[i])-p), p*eps*(80+math.Abs(d))+ulp[T](0), "softmax %d of %d", i, n)
					require.LessOrEqual(t, math.Abs(float64(logSoft[i])-q), eps*(80+2*math.Abs(q)+math.Abs(d)), "log-softmax %d of %d", i, n)
				}
			}
		}
	}
}

func TestSoftmaxSpecials(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	atEachLevel(t, func(t *testing.T) {
		for _, c := range []struct {
			x             []float64
			lse           float64
			soft, logSoft []float64
		}{
			{nil, -inf, nil, nil},
			{[]float64{-inf}, -inf, []float64{nan}, []float64{nan}},
			{[]float64{-inf, -inf, -inf}, -inf, []float64{nan, nan, nan}, []float64{nan, nan, nan}},
			{[]float64{-inf, 5}, 5, []float64{0, 1}, []float64{-inf, 0}},
			{[]float64{inf, 5}, inf, []float64{nan, nan}, []float64{nan, nan}},
			{[]float64{nan, 5}, nan, []float64{nan, nan}, []float64{nan, nan}},
			{[]float64{1e300, -1e300}, 1e300, []float64{1, 0}, []float64{0, -2e300}},
		} {
			require.True(t, same(LogSumExp(c.x), c.lse), "%v: %v", c.x, LogSumExp(c.x))
			y, aliased := make([]float64, len(c.x)), append([]float64{}, c.x...)
			Softmax(y, c.x)
			Softmax(aliased, aliased)
			for i := range y {
				require.True(t, same(y[i], c.soft[i]) && same(aliased[i], c.soft[i]), "%v: %v", c.x, y)
			}
			LogSoftmax(y, c.x)
			for i := range y {
				require.True(t, same(y[i], c.logSoft[i]), "%v: %v", c.x, y)
			}
		}
	})
}
