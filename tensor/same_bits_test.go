package tensor_test

import (
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
)

// TestSameBits computes with 1, 2, 3 and 8 threads, on shapes that are cut into
// several tasks.
func TestSameBits(t *testing.T) {
	testSameBits[float32](t)
	testSameBits[float64](t)
}

func testSameBits[T tensor.Float](t *testing.T) {
	rng := tensortest.Random(5)
	a, b := tensortest.Draw[T](rng, 301, 257), tensortest.Draw[T](rng, 257, 130)
	batchA, batchB := tensortest.Draw[T](rng, 7, 33, 20), tensortest.Draw[T](rng, 7, 20, 41)
	long := tensortest.Draw[T](rng, 3, 70000)
	x := tensor.ChannelsLast(tensortest.Draw[T](rng, 9, 6, 13, 12))
	tensortest.RequireSameBits(t, map[string]func() *tensor.Tensor[T]{
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
	})
}
