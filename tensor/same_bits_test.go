package tensor_test

import (
	"testing"

	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// withThreads runs f at several numbers of threads.
func withThreads(f func(threads int)) {
	before := tensor.Threads()
	defer tensor.SetThreads(before)
	for _, n := range []int{1, 2, 3, 8} {
		tensor.SetThreads(n)
		f(n)
	}
}

// TestSameBits computes with 1, 2, 3 and 8 threads, on shapes that are cut into
// several tasks.
func TestSameBits(t *testing.T) {
	testSameBits[float32](t)
	testSameBits[float64](t)
}

func testSameBits[T tensor.Float](t *testing.T) {
	rng := random(5)
	a, b := draw[T](rng, 301, 257), draw[T](rng, 257, 130)
	batchA, batchB := draw[T](rng, 7, 33, 20), draw[T](rng, 7, 20, 41)
	long := draw[T](rng, 3, 70000)
	x, weight := tensor.ChannelsLast(draw[T](rng, 9, 6, 13, 12)), draw[T](rng, 10, 6, 3, 3)
	shape := tensor.NewConvShape(x.Shape(), weight.Shape(), 2, 1)
	dy := tensor.ChannelsLast(draw[T](rng, 9, 10, shape.OutH(), shape.OutW()))
	pool := tensor.NewPoolShape(x.Shape(), 3, 2, 1)
	pooled := tensor.ChannelsLast(draw[T](rng, 9, 6, pool.OutH(), pool.OutW()))
	for name, f := range map[string]func() *tensor.Tensor[T]{
		"matmul": func() *tensor.Tensor[T] {
			c := tensor.New[T](301, 130)
			tensor.MatMulTo(c, a, b, tensor.NoTrans, tensor.NoTrans)
			return c
		},
		"matmul transposed": func() *tensor.Tensor[T] {
			c := tensor.New[T](257, 257)
			tensor.MatMulTo(c, a, a, tensor.Trans, tensor.NoTrans)
			return c
		},
		"batched matmul": func() *tensor.Tensor[T] {
			c := tensor.New[T](7, 33, 41)
			tensor.MatMulTo(c, batchA, batchB, tensor.NoTrans, tensor.NoTrans)
			return c
		},
		"conv2d": func() *tensor.Tensor[T] {
			y := tensor.ChannelsLast(tensor.New[T](dy.Shape()...))
			tensor.Conv2dTo(y, x, weight, shape)
			return y
		},
		"conv2d's gradient of the input": func() *tensor.Tensor[T] {
			d := tensor.ChannelsLast(tensor.New[T](x.Shape()...))
			tensor.Conv2dGradInputTo(d, dy, weight, shape)
			return d
		},
		"conv2d's gradient of the weight": func() *tensor.Tensor[T] {
			d := tensor.New[T](weight.Shape()...)
			tensor.Conv2dGradWeightTo(d, x, dy, shape)
			return d
		},
		"max pooling": func() *tensor.Tensor[T] {
			y := pooled.Clone()
			tensor.MaxPool2dTo(y, x, pool)
			return y
		},
		"average pooling's gradient": func() *tensor.Tensor[T] {
			d := x.Clone()
			tensor.AvgPool2dGradTo(d, pooled, pool)
			return d
		},
		"a sum along rows":    func() *tensor.Tensor[T] { return tensor.Sum(long, 1) },
		"a sum down columns":  func() *tensor.Tensor[T] { return tensor.Sum(long, 0) },
		"a sum of everything": func() *tensor.Tensor[T] { return tensor.Sum(long) },
		"sums of many places": func() *tensor.Tensor[T] { return tensor.Sum(long.Reshape(3000, 7, 10), 1) },
		"a sum over a middle": func() *tensor.Tensor[T] { return tensor.Sum(x, 2, 3) },
		"an elementwise product": func() *tensor.Tensor[T] {
			d := tensor.New[T](3, 70000)
			tensor.MulTo(d, long, long.Slice(0, 1, 2))
			return d
		},
	} {
		var first *tensor.Tensor[T]
		withThreads(func(threads int) {
			got := f()
			if first == nil {
				first = got
			}
			require.True(t, same(first, got), "%s with %d threads", name, threads)
		})
	}
}
