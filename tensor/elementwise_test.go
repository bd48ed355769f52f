package tensor_test

import (
	"fmt"
	"testing"

	"entrec/internal/tensortest"
	"entrec/simd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// operations are the elementwise functions of two tensors and what they compute.
func operations[T tensor.Float]() map[string]struct {
	run   func(dst, a, b *tensor.Tensor[T])
	naive func(x, y T) T
} {
	type operation = struct {
		run   func(dst, a, b *tensor.Tensor[T])
		naive func(x, y T) T
	}
	return map[string]operation{
		"AddTo": {tensor.AddTo[T], func(x, y T) T { return x + y }},
		"SubTo": {tensor.SubTo[T], func(x, y T) T { return x - y }},
		"MulTo": {tensor.MulTo[T], func(x, y T) T { return x * y }},
		"DivTo": {tensor.DivTo[T], func(x, y T) T { return x / y }},
		"ZipTo": {func(dst, a, b *tensor.Tensor[T]) { tensor.ZipTo(dst, a, b, simd.Mul[T]) }, func(x, y T) T { return x * y }},
	}
}

func TestElementwise(t *testing.T) {
	testElementwise[float32](t)
	testElementwise[float64](t)
}

func testElementwise[T tensor.Float](t *testing.T) {
	rng := tensortest.Random(1)
	for _, shapes := range [][2][]int{
		{{3, 5}, {3, 5}}, {{3, 5}, {5}}, {{5}, {3, 5}}, {{3, 1}, {1, 4}}, {{}, {2, 3}}, {{}, {}},
		{{2, 3, 4}, {3, 1}}, {{2, 1, 4}, {1, 3, 1}}, {{2, 3, 4, 5}, {1, 3, 1, 1}}, {{0, 3}, {3}}, {{3, 0}, {3, 1}},
	} {
		shape := tensor.BroadcastShape("test", shapes[0], shapes[1])
		for _, la := range layouts {
			for _, lb := range layouts {
				for _, ld := range layouts {
					a, b := arrange(tensortest.Draw[T](rng, shapes[0]...), la), arrange(tensortest.Draw[T](rng, shapes[1]...), lb)
					for name, op := range operations[T]() {
						dst := arrange(tensor.New[T](shape...), ld)
						op.run(dst, a, b)
						tensortest.EachIndex(shape, func(i []int) {
							want := op.naive(broadcastAt(a, i), broadcastAt(b, i))
							require.Equal(t, want, dst.At(i...), "%s of %v %s and %v %s to %s at %v", name, shapes[0], la, shapes[1], lb, ld, i)
						})
					}
				}
			}
		}
	}
}

// TestElementwiseInPlace writes over the left, the right and both operands, also
// where the work is cut into tasks.
func TestElementwiseInPlace(t *testing.T) {
	for _, shape := range [][]int{{3, 5}, {70000}, {300, 301}} {
		for _, layout := range layouts {
			for name, op := range operations[float64]() {
				for _, which := range []string{"left", "right", "both"} {
					rng := tensortest.Random(2)
					a, b := arrange(tensortest.Draw[float64](rng, shape...), layout), arrange(tensortest.Draw[float64](rng, shape...), layout)
					if which == "both" {
						b = a
					}
					x, y := a.Clone(), b.Clone()
					dst := a
					if which == "right" {
						dst = b
					}
					op.run(dst, a, b)
					wrong := 0
					tensortest.EachIndex(shape, func(i []int) {
						if dst.At(i...) != op.naive(x.At(i...), y.At(i...)) {
							wrong++
						}
					})
					require.Zero(t, wrong, "%s over %s of %v %s", name, which, shape, layout)
				}
			}
		}
	}
}

func TestCopyMapFill(t *testing.T) {
	for _, from := range layouts {
		for _, to := range layouts {
			x := arrange(tensortest.Count(3, 4, 5), from)
			y := arrange(tensor.New[float64](3, 4, 5), to)
			tensor.CopyTo(y, x)
			require.True(t, tensortest.Same(x, y), "%s to %s", from, to)
			tensor.MapTo(y, x, func(dst, x []float64) { simd.Scale(dst, x, 2) })
			tensortest.EachIndex(x.Shape(), func(i []int) { require.Equal(t, 2*x.At(i...), y.At(i...)) })
			tensor.MapTo(y, y, func(dst, x []float64) { simd.AddScalar(dst, x, 1) })
			require.Equal(t, 2*x.At(2, 3, 4)+1, y.At(2, 3, 4))
			y.Fill(7)
			tensortest.EachIndex(x.Shape(), func(i []int) { require.Equal(t, 7., y.At(i...)) })
			tensor.CopyTo(y, tensortest.Count(5))
			require.Equal(t, 4., y.At(1, 1, 4), "broadcast")
		}
	}
}

// FuzzBroadcast adds two tensors of random shapes, memory orders and slices.
func FuzzBroadcast(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rng := tensortest.Random(seed)
		rank := rng.IntN(5)
		shape := make([]int, rank)
		for i := range shape {
			shape[i] = rng.IntN(5)
		}
		operand := func() *tensor.Tensor[float64] {
			own := append([]int{}, shape[rng.IntN(rank+1):]...)
			for i := range own {
				if rng.IntN(3) == 0 {
					own[i] = 1
				}
			}
			return arrange(tensortest.Draw[float64](rng, own...), layouts[rng.IntN(len(layouts))])
		}
		a, b := operand(), operand()
		dst := arrange(tensor.New[float64](shape...), layouts[rng.IntN(len(layouts))])
		tensor.AddTo(dst, a, b)
		tensortest.EachIndex(shape, func(i []int) {
			require.Equal(t, broadcastAt(a, i)+broadcastAt(b, i), dst.At(i...))
		})
		back := arrange(tensor.New[float64](a.Shape()...), layouts[rng.IntN(len(layouts)-1)])
		tensor.SumTo(back, dst)
		requireSum(t, back, dst)
	})
}

func ExampleAddTo() {
	x := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	column := tensor.FromSlice([]float64{10, 20}, 2, 1)
	tensor.AddTo(x, x, column)
	fmt.Println(x)
	// Output: Tensor[2 3][11 12 13 24 25 26]
}
