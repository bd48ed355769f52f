package conv_test

import (
	"math"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
	"entrec/tensor/conv"

	"github.com/stretchr/testify/require"
)

// eachWindow calls f for each output pixel with the input pixels of its window,
// in row-major order.
func eachWindow(s conv.PoolShape, f func(y []int, xs [][]int)) {
	tensortest.EachIndex([]int{s.N, s.C, s.OutH(), s.OutW()}, func(y []int) {
		var xs [][]int
		for u := range s.Kernel {
			for v := range s.Kernel {
				h, w := y[2]*s.Stride+u-s.Padding, y[3]*s.Stride+v-s.Padding
				if h >= 0 && h < s.H && w >= 0 && w < s.W {
					xs = append(xs, []int{y[0], y[1], h, w})
				}
			}
		}
		f(y, xs)
	})
}

// TestPool2d holds both poolings and their gradients against loops, on images with
// many ties, with and without NaN.
func TestPool2d(t *testing.T) {
	for _, c := range []struct {
		x                       []int
		kernel, stride, padding int
	}{
		{[]int{2, 3, 6, 6}, 2, 2, 0}, {[]int{2, 3, 7, 5}, 3, 2, 1}, {[]int{1, 2, 5, 5}, 3, 1, 1}, {[]int{2, 1, 9, 9}, 2, 3, 1},
		{[]int{1, 1, 1, 1}, 1, 1, 0}, {[]int{3, 2, 4, 4}, 4, 4, 2}, {[]int{1, 2, 8, 3}, 3, 4, 0}, {[]int{0, 2, 4, 4}, 2, 2, 0},
	} {
		for _, nans := range []int{0, 3} {
			rng := tensortest.Random(4)
			s := conv.NewPoolShape(c.x, c.kernel, c.stride, c.padding)
			x := tensor.ChannelsLast(tensor.New[float64](c.x...))
			for i := range x.Data() {
				x.Data()[i] = float64(rng.IntN(4))
			}
			for range min(nans, x.Len()) {
				x.Data()[rng.IntN(x.Len())] = math.NaN()
			}
			y := tensor.ChannelsLast(tensor.New[float64](s.N, s.C, s.OutH(), s.OutW()))
			dy := tensor.ChannelsLast(tensortest.Draw[float64](rng, y.Shape()...))
			dx := tensor.ChannelsLast(tensor.New[float64](c.x...))

			wantY, wantDX := tensor.New[float64](y.Shape()...), tensor.New[float64](c.x...)
			eachWindow(s, func(yi []int, xs [][]int) {
				best := xs[0]
				for _, xi := range xs {
					if v, b := x.At(xi...), x.At(best...); v > b || (v != v && b == b) {
						best = xi
					}
				}
				wantY.Set(x.At(best...), yi...)
				wantDX.Set(wantDX.At(best...)+dy.At(yi...), best...)
			})
			conv.MaxPoolTo(y, x, s)
			require.True(t, tensortest.Same(wantY, y), "max %+v", s)
			dx.Fill(99)
			conv.MaxPoolGradTo(dx, dy, x, y, s)
			requireNear(t, wantDX, dx, "max's gradient %+v", s)

			wantDX.Fill(0)
			eachWindow(s, func(yi []int, xs [][]int) {
				sum := 0.0
				for _, xi := range xs {
					sum += x.At(xi...)
					wantDX.Set(wantDX.At(xi...)+dy.At(yi...)/float64(s.Kernel*s.Kernel), xi...)
				}
				wantY.Set(sum/float64(s.Kernel*s.Kernel), yi...)
			})
			conv.AvgPoolTo(y, x, s)
			requireNear(t, wantY, y, "average %+v", s)
			dx.Fill(99)
			conv.AvgPoolGradTo(dx, dy, s)
			requireNear(t, wantDX, dx, "average's gradient %+v", s)
		}
	}
}

// requireNear allows for the rounding of sums of at most 16 terms of size up to 4.
func requireNear(t *testing.T, want, got *tensor.Tensor[float64], what ...any) {
	t.Helper()
	wrong := 0
	tensortest.EachIndex(want.Shape(), func(i []int) {
		w, g := want.At(i...), got.At(i...)
		if !(math.Abs(w-g) <= 16*4*0x1p-53 || w != w && g != g) {
			wrong++
		}
	})
	require.Zero(t, wrong, what...)
}
