package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
)

func TestMatMul(t *testing.T) {
	testMatMul[float32](t)
	testMatMul[float64](t)
}

func testMatMul[T tensor.Float](t *testing.T) {
	rng := tensortest.Random(1)
	for _, s := range []struct {
		batch   []int
		m, k, n int
	}{
		{nil, 3, 5, 7}, {nil, 1, 1, 1}, {nil, 97, 33, 65}, {nil, 200, 300, 17}, {nil, 5, 0, 3}, {nil, 0, 4, 3}, {nil, 3, 4, 0},
		{[]int{2}, 3, 5, 4}, {[]int{2, 3}, 4, 2, 5}, {[]int{1, 1}, 9, 8, 7}, {[]int{0}, 3, 2, 2},
	} {
		for _, transA := range []tensor.Transpose{tensor.NoTrans, tensor.Trans} {
			for _, transB := range []tensor.Transpose{tensor.NoTrans, tensor.Trans} {
				shape := func(rows, cols int, trans tensor.Transpose) []int {
					if trans {
						rows, cols = cols, rows
					}
					return append(slices.Clone(s.batch), rows, cols)
				}
				a, b := tensortest.Draw[T](rng, shape(s.m, s.k, transA)...), tensortest.Draw[T](rng, shape(s.k, s.n, transB)...)
				product, sizes := naiveProduct(a, b, transA, transB)
				for _, layout := range layouts {
					c := tensor.New[T](product.Shape()...)
					c.Fill(T(math.NaN())) // old values do not matter
					tensor.MatMulTo(c, arrange(a, layout), arrange(b, layout), transA, transB)
					tensortest.RequireSums(t, c, product, sizes, s.k+1, "%+v %v %v %s", s, transA, transB, layout)
				}
			}
		}
	}
}

// naiveProduct returns op(a)·op(b) and the sums of the products' sizes.
func naiveProduct[T tensor.Float](a, b *tensor.Tensor[T], transA, transB tensor.Transpose) (product, sizes *tensor.Tensor[float64]) {
	swap := func(x *tensor.Tensor[T], trans tensor.Transpose) *tensor.Tensor[T] {
		perm := make([]int, x.Rank())
		for i := range perm {
			perm[i] = i
		}
		if n := len(perm); trans {
			perm[n-2], perm[n-1] = n-1, n-2
		}
		return x.Transpose(perm...)
	}
	a, b = swap(a, transA), swap(b, transB)
	r := a.Rank() - 2
	product = tensor.New[float64](append(slices.Clone(a.Shape()[:r+1]), b.Dim(-1))...)
	sizes = tensor.New[float64](product.Shape()...)
	tensortest.EachIndex(product.Shape(), func(i []int) {
		left, right := slices.Clone(i), slices.Clone(i)
		sum, size := 0.0, 0.0
		for l := range a.Dim(-1) {
			left[r+1], right[r] = l, l
			p := float64(a.At(left...)) * float64(b.At(right...))
			sum += p
			size += math.Abs(p)
		}
		product.Set(sum, i...)
		sizes.Set(size, i...)
	})
	return product, sizes
}

// BenchmarkMatMul measures square products by the number of threads.
func BenchmarkMatMul(b *testing.B) {
	b.Run("f32", benchMatMul[float32])
	b.Run("f64", benchMatMul[float64])
}

func benchMatMul[T tensor.Float](b *testing.B) {
	for _, n := range []int{512, 1024, 2048} {
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%d/threads=%d", n, threads), func(b *testing.B) {
				defer tensor.SetThreads(tensor.Threads())
				tensor.SetThreads(threads)
				x, y, z := tensor.New[T](n, n), tensor.New[T](n, n), tensor.New[T](n, n)
				for i := range x.Data() {
					x.Data()[i], y.Data()[i] = T(i%17), T(i%13)
				}
				b.ReportAllocs()
				for b.Loop() {
					tensor.MatMulTo(z, x, y, tensor.NoTrans, tensor.NoTrans)
				}
				b.ReportMetric(2*float64(n)*float64(n)*float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

func ExampleMatMulTo() {
	a := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	c := tensor.New[float64](2, 2)
	tensor.MatMulTo(c, a, a, tensor.NoTrans, tensor.Trans) // a·aᵀ
	fmt.Println(c)
	// Output: Tensor[2 2][14 32 32 77]
}
