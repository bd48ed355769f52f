package tensor_test

import (
	"math"
	"slices"

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
