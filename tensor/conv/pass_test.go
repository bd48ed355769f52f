package conv_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
	"entrec/tensor/conv"

	"github.com/stretchr/testify/require"
)

// TestConvPass shows that a pass loads what it is told to, adds, and announces each
// block of finished elements once, in all three convolutions where it applies.
func TestConvPass(t *testing.T) {
	testConvPass[float32](t)
	testConvPass[float64](t)
}

func testConvPass[T tensor.Float](t *testing.T) {
	rng := tensortest.Random(11)
	for _, s := range []conv.Shape{
		{N: 9, C: 3, H: 7, W: 6, O: 5, KH: 3, KW: 3, Stride: 1, Padding: 1},
		{N: 40, C: 17, H: 4, W: 4, O: 33, KH: 3, KW: 3, Stride: 2, Padding: 1},
		{N: 3, C: 4, H: 19, W: 18, O: 6, KH: 1, KW: 1, Stride: 2},
		{N: 2, C: 2, H: 5, W: 5, O: 3, KH: 1, KW: 1, Stride: 1},
		{N: 9, C: 32, H: 6, W: 10, O: 48, KH: 3, KW: 3, Stride: 1, Padding: 1},
	} {
		checkConvPass[T](t, s, rng)
	}
}

// checkConvPass holds convolutions with a pass against those without.
func checkConvPass[T tensor.Float](t *testing.T, s conv.Shape, rng *rand.Rand) {
	x, weight := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.C, s.H, s.W)), tensortest.Draw[T](rng, s.O, s.C, s.KH, s.KW)
	dy := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.O, s.OutH(), s.OutW()))
	double := func(dst, src []T) {
		for i, v := range src {
			dst[i] = 2 * v
		}
	}
	check := func(name string, blocks, length int, like, start *tensor.Tensor[T], plain, pass func(dst *tensor.Tensor[T], p conv.Pass[T])) {
		want, got := like.Clone(), start.Clone()
		plain(want, conv.Pass[T]{})
		seen := make([]atomic.Int32, length)
		blocksSeen := make([]atomic.Int32, blocks)
		p := conv.Pass[T]{Load: double, Accumulate: true, Done: func(block, lo, hi int) {
			blocksSeen[block].Add(1)
			for i := lo; i < hi; i++ {
				seen[i].Add(1)
			}
		}}
		pass(got, p)
		for i, v := range want.Data() {
			require.Equal(t, start.Data()[i]+2*v, got.Data()[i], "%s %+v: element %d", name, s, i)
			require.EqualValues(t, 1, seen[i].Load(), "%s %+v: element %d", name, s, i)
		}
		for i := range blocksSeen {
			require.EqualValues(t, 1, blocksSeen[i].Load(), "%s %+v: block %d", name, s, i)
		}
	}
	// Twice the sums are exact; adding to them rounds once, as a tile does.
	check("forward", s.OutBlocks(), dy.Len(), dy, dy,
		func(dst *tensor.Tensor[T], _ conv.Pass[T]) { conv.ForwardTo(dst, x, weight, s) },
		func(dst *tensor.Tensor[T], p conv.Pass[T]) { conv.ForwardPassTo(dst, x, weight, s, p) })
	check("gradient of the input", s.InBlocks(), x.Len(), x, x,
		func(dst *tensor.Tensor[T], _ conv.Pass[T]) { conv.GradInputTo(dst, dy, weight, s) },
		func(dst *tensor.Tensor[T], p conv.Pass[T]) {
			conv.GradInputPassTo(dst, dy, weight, s, p)
		})
	want, got := weight.Clone(), weight.Clone()
	conv.GradWeightTo(want, x, dy, s)
	conv.GradWeightPassTo(got, x, dy, s, conv.Pass[T]{Load: double})
	for i, v := range want.Data() {
		require.Equal(t, 2*v, got.Data()[i], "gradient of the weight %+v: element %d", s, i)
	}
	require.LessOrEqual(t, s.OutBlockPixels()*(s.OutBlocks()-1), s.N*s.OutH()*s.OutW())
}

func TestWithin(t *testing.T) {
	buf := make([]float32, 12)
	x := tensor.FromSlice(buf, 3, 4)
	require.True(t, tensor.Within(x, buf))
	require.True(t, tensor.Within(x.Slice(0, 2, 3).Transpose(), buf))
	require.False(t, tensor.Within(x.Slice(0, 2, 3), buf[:8]))
	require.False(t, tensor.Within(x, nil))
	require.False(t, tensor.Within(tensor.New[float32](3, 4), buf))
}
