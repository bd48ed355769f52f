package conv_test

import (
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
	"entrec/tensor/conv"
)

// TestSameBits computes with 1, 2, 3 and 8 threads, on shapes that are cut into
// several tasks.
func TestSameBits(t *testing.T) {
	testSameBits[float32](t)
	testSameBits[float64](t)
}

func testSameBits[T tensor.Float](t *testing.T) {
	rng := tensortest.Random(5)
	x, weight := tensor.ChannelsLast(tensortest.Draw[T](rng, 9, 6, 13, 12)), tensortest.Draw[T](rng, 10, 6, 3, 3)
	shape := conv.NewShape(x.Shape(), weight.Shape(), 2, 1)
	dy := tensor.ChannelsLast(tensortest.Draw[T](rng, 9, 10, shape.OutH(), shape.OutW()))
	pool := conv.NewPoolShape(x.Shape(), 3, 2, 1)
	pooled := tensor.ChannelsLast(tensortest.Draw[T](rng, 9, 6, pool.OutH(), pool.OutW()))
	tensortest.RequireSameBits(t, map[string]func() *tensor.Tensor[T]{
		"convolution": func() *tensor.Tensor[T] {
			y := tensor.ChannelsLast(tensor.New[T](dy.Shape()...))
			conv.ForwardTo(y, x, weight, shape)
			return y
		},
		"convolution's gradient of the input": func() *tensor.Tensor[T] {
			d := tensor.ChannelsLast(tensor.New[T](x.Shape()...))
			conv.GradInputTo(d, dy, weight, shape)
			return d
		},
		"convolution's gradient of the weight": func() *tensor.Tensor[T] {
			d := tensor.New[T](weight.Shape()...)
			conv.GradWeightTo(d, x, dy, shape)
			return d
		},
		"max pooling": func() *tensor.Tensor[T] {
			y := pooled.Clone()
			conv.MaxPoolTo(y, x, pool)
			return y
		},
		"average pooling's gradient": func() *tensor.Tensor[T] {
			d := x.Clone()
			conv.AvgPoolGradTo(d, pooled, pool)
			return d
		},
	})
}
