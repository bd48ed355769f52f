package tensor_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"entrec/tensor"
)

// layouts are the ways in which the tests lay out a tensor in memory.
var layouts = []string{"row-major", "reversed", "rotated", "gaps"}

// arrange copies x to another memory order.
func arrange[T tensor.Float](x *tensor.Tensor[T], layout string) *tensor.Tensor[T] {
	n := x.Rank()
	if layout == "row-major" || n == 0 {
		return x
	}
	perm := make([]int, n) // axis i of the memory's order is axis perm[i]
	for i := range perm {
		if perm[i] = n - 1 - i; layout == "rotated" {
			perm[i] = (i + 1) % n
		}
	}
	shape, inverse := make([]int, n), make([]int, n)
	for i, p := range perm {
		shape[i], inverse[p] = x.Dim(p), i
	}
	extra := 0
	if layout == "gaps" {
		extra = 2
		shape[n-1] += extra
	}
	memory := tensor.New[T](shape...)
	memory.Fill(T(math.NaN()))
	y := memory.Transpose(inverse...)
	if extra > 0 {
		y = y.Slice(perm[n-1], 1, 1+x.Dim(perm[n-1]))
	}
	tensor.CopyTo(y, x)
	return y
}

// draw returns a row-major tensor of normal numbers.
func draw[T tensor.Float](rng *rand.Rand, shape ...int) *tensor.Tensor[T] {
	x := tensor.New[T](shape...)
	for i := range x.Data() {
		x.Data()[i] = T(rng.NormFloat64())
	}
	return x
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// eachIndex calls f for each index of a shape, in row-major order.
func eachIndex(shape []int, f func(index []int)) {
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

// broadcastAt returns the element of x that index, of the broadcast shape, means.
func broadcastAt[T tensor.Float](x *tensor.Tensor[T], index []int) T {
	own := slices.Clone(index[len(index)-x.Rank():])
	for a := range own {
		if x.Dim(a) == 1 {
			own[a] = 0
		}
	}
	return x.At(own...)
}

// mustRefuse runs f, which must panic with a *ShapeError, and returns it.
func mustRefuse(t *testing.T, f func()) *tensor.ShapeError {
	t.Helper()
	err, _ := tensor.Catch(f).(*tensor.ShapeError)
	if err == nil {
		t.Fatal("expected a *ShapeError")
	}
	return err
}

// same reports whether two tensors have the same shape and bits; NaN is NaN.
func same[T tensor.Float](a, b *tensor.Tensor[T]) bool {
	if !slices.Equal(a.Shape(), b.Shape()) {
		return false
	}
	equal := true
	eachIndex(a.Shape(), func(i []int) {
		x, y := a.At(i...), b.At(i...)
		equal = equal && (math.Float64bits(float64(x)) == math.Float64bits(float64(y)) || x != x && y != y)
	})
	return equal
}
