// Package tensortest holds what the tests of tensor and of the packages beside it share.
package tensortest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// Draw returns a row-major tensor of normal numbers.
func Draw[T tensor.Float](rng *rand.Rand, shape ...int) *tensor.Tensor[T] {
	x := tensor.New[T](shape...)
	for i := range x.Data() {
		x.Data()[i] = T(rng.NormFloat64())
	}
	return x
}

// Random returns a generator of random numbers.
func Random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// EachIndex calls f for each index of a shape, in row-major order.
func EachIndex(shape []int, f func(index []int)) {
	if slices.Contains(shape, 0) {
		return
	}
	index := make([]int, len(shape))
	for {
		f(slices.Clone(index))
		a := len(shape) - 1
		for ; a >= 0; a-- {
			if index[a]++; index[a] < shape[a] {
				break
			}
			index[a] = 0
		}
		if a < 0 {
			return
		}
	}
}

// MustRefuse runs f, which must panic with a *ShapeError, and returns it.
func MustRefuse(t *testing.T, f func()) *tensor.ShapeError {
	t.Helper()
	err, _ := tensor.Catch(f).(*tensor.ShapeError)
	if err == nil {
		t.Fatal("expected a *ShapeError")
	}
	return err
}

// Same reports whether two tensors have the same shape and bits; NaN is NaN.
func Same[T tensor.Float](a, b *tensor.Tensor[T]) bool {
	if !slices.Equal(a.Shape(), b.Shape()) {
		return false
	}
	equal := true
	EachIndex(a.Shape(), func(i []int) {
		x, y := a.At(i...), b.At(i...)
		equal = equal && (math.Float64bits(float64(x)) == math.Float64bits(float64(y)) || x != x && y != y)
	})
	return equal
}

// Count returns a row-major tensor of 0, 1, 2, …
func Count(shape ...int) *tensor.Tensor[float64] {
	x := tensor.New[float64](shape...)
	for i := range x.Data() {
		x.Data()[i] = float64(i)
	}
	return x
}

// RequireSums holds got against sums of products computed in float64, terms being
// their number and sizes the sums of the products' sizes: a sum of n rounded
// products is off by at most n·u of that, with u half a unit in the last place,
// and the naive one by n·2⁻⁵³.
func RequireSums[T tensor.Float](t *testing.T, got *tensor.Tensor[T], want, sizes *tensor.Tensor[float64], terms int, what ...any) {
	t.Helper()
	require.Equal(t, want.Shape(), got.Shape(), what...)
	u := 0x1p-53
	if _, single := any(T(0)).(float32); single {
		u = 0x1p-24
	}
	wrong := 0
	EachIndex(want.Shape(), func(i []int) {
		bound := float64(terms+1) * (u + 0x1p-53) * sizes.At(i...)
		if !(math.Abs(float64(got.At(i...))-want.At(i...)) <= bound) {
			wrong++
		}
	})
	require.Zero(t, wrong, what...)
}

// RequireSameBits computes each case with 1, 2, 3 and 8 threads; the results must have
// the same bits.
func RequireSameBits[T tensor.Float](t *testing.T, cases map[string]func() *tensor.Tensor[T]) {
	t.Helper()
	defer tensor.SetThreads(tensor.Threads())
	for name, f := range cases {
		var first *tensor.Tensor[T]
		for _, threads := range []int{1, 2, 3, 8} {
			tensor.SetThreads(threads)
			got := f()
			if first == nil {
				first = got
			}
			require.True(t, Same(first, got), "%s with %d threads", name, threads)
		}
	}
}
