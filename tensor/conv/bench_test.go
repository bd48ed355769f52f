package conv_test

import (
	"fmt"
	"testing"
	"unsafe"

	"entrec/internal/tensortest"
	"entrec/simd"
	"entrec/tensor"
	"entrec/tensor/conv"
)

// BenchmarkConv measures the convolutions of a ResNet-18 for images of 32×32, on
// one thread: forward, forward in the way of autograd.NormConv2d, and the gradients
// of input and weight. GB/s counts input, weight and output once.
func BenchmarkConv(b *testing.B) {
	b.Run("f32", benchConv2d[float32])
	b.Run("f64", benchConv2d[float64])
}

func benchConv2d[T tensor.Float](b *testing.B) {
	defer tensor.SetThreads(tensor.Threads())
	tensor.SetThreads(1)
	for _, l := range []struct{ c, o, size, kernel, stride int }{
		{3, 64, 32, 3, 1}, {64, 64, 32, 3, 1},
		{64, 128, 32, 3, 2}, {64, 128, 32, 1, 2}, {128, 128, 16, 3, 1},
		{128, 256, 16, 3, 2}, {128, 256, 16, 1, 2}, {256, 256, 8, 3, 1},
		{256, 512, 8, 3, 2}, {256, 512, 8, 1, 2}, {512, 512, 4, 3, 1},
	} {
		s := conv.Shape{N: 16, C: l.c, H: l.size, W: l.size, O: l.o, KH: l.kernel, KW: l.kernel, Stride: l.stride, Padding: l.kernel / 2}
		rng := tensortest.Random(1)
		x, weight := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.C, s.H, s.W)), tensortest.Draw[T](rng, s.O, s.C, s.KH, s.KW)
		y := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.O, s.OutH(), s.OutW()))
		dx, dweight := x.Clone(), weight.Clone()
		scale, shift := tensortest.Draw[T](rng, s.C).Data(), tensortest.Draw[T](rng, s.C).Data()
		sums, mean := make([]T, 2*s.OutBlocks()*s.O), make([]T, s.O)
		norm := conv.Pass[T]{
			Load: func(dst, src []T) { simd.RowAffineReLU(dst, src, scale, shift) },
			Done: func(block, lo, hi int) {
				sum := sums[2*block*s.O:][:2*s.O]
				clear(sum)
				simd.ColMoments(sum[:s.O], sum[s.O:], y.Data()[lo:hi], mean)
			},
		}
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { conv.ForwardTo(y, x, weight, s) }},
			{"norm", func() { conv.ForwardPassTo(y, x, weight, s, norm) }},
			{"input", func() { conv.GradInputTo(dx, y, weight, s) }},
			{"weight", func() { conv.GradWeightTo(dweight, x, y, s) }},
		} {
			b.Run(fmt.Sprintf("%d-%d,%dx%d,%dx%d,stride=%d/%s", l.c, l.o, l.size, l.size, l.kernel, l.kernel, l.stride, pass.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					pass.run()
				}
				perNs := float64(b.N) / float64(b.Elapsed().Nanoseconds())
				b.ReportMetric(2*float64(y.Len()*s.C*s.KH*s.KW)*perNs, "GFLOP/s")
				b.ReportMetric(float64((x.Len()+weight.Len()+y.Len())*int(unsafe.Sizeof(T(0))))*perNs, "GB/s")
			})
		}
	}
}
