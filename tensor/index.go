package tensor

import "slices"

// Concat returns the tensors joined along an axis; all other lengths must agree.
func Concat[T Float](axis int, xs ...*Tensor[T]) *Tensor[T] {
	out := New[T](ConcatShape("tensor.Concat", axis, xs...)...)
	ConcatTo(out, axis, xs...)
	return out
}

// ConcatShape returns the shape of [Concat]'s result. It panics with a *ShapeError
// naming op where the shapes do not fit.
func ConcatShape[T Float](op string, axis int, xs ...*Tensor[T]) []int {
	if len(xs) == 0 {
		Refuse(op, "at least one tensor is needed")
	}
	shape := slices.Clone(xs[0].shape)
	a := Axis(op, axis, shape)
	shape[a] = 0
	for _, x := range xs {
		if x.Rank() != len(shape) {
			Refuse(op, "ranks differ", xs[0].shape, x.shape)
		}
		for i, d := range x.shape {
			if i != a && d != shape[i] {
				Refuse(op, "lengths differ off the axis", xs[0].shape, x.shape)
			}
		}
		shape[a] += x.shape[a]
	}
	return shape
}

// ConcatTo stores the tensors joined along an axis in dst, which must have the
// shape that [ConcatShape] returns.
func ConcatTo[T Float](dst *Tensor[T], axis int, xs ...*Tensor[T]) {
	const op = "tensor.ConcatTo"
	if shape := ConcatShape(op, axis, xs...); !sameShape(dst.shape, shape) {
		Refuse(op, "the destination has another shape", dst.shape, shape)
	}
	at := 0
	for _, x := range xs {
		CopyTo(dst.Slice(axis, at, at+x.Dim(axis)), x)
		at += x.Dim(axis)
	}
}

// Gather returns the slices of x at the given places along its first axis, in
// that order: out[i, …] = x[index[i], …].
func Gather[T Float](x *Tensor[T], index []int) *Tensor[T] {
	checkIndex("tensor.Gather", x, index)
	out := New[T](append([]int{len(index)}, x.shape[1:]...)...)
	GatherTo(out, x, index)
	return out
}

// GatherTo is [Gather] into dst.
func GatherTo[T Float](dst, x *Tensor[T], index []int) {
	checkIndex("tensor.GatherTo", x, index)
	if dst.Rank() != x.Rank() || dst.shape[0] != len(index) || !sameShape(dst.shape[1:], x.shape[1:]) {
		Refuse("tensor.GatherTo", "the destination has another shape", dst.shape, x.shape, []int{len(index)})
	}
	for i, k := range index {
		CopyTo(dst.Slice(0, i, i+1), x.Slice(0, k, k+1))
	}
}

// ScatterAddTo adds the slices of x to dst: dst[index[i], …] += x[i, …], in the
// order of i, so repeated indices add up in a fixed order. It is the adjoint of
// [Gather].
func ScatterAddTo[T Float](dst, x *Tensor[T], index []int) {
	checkIndex("tensor.ScatterAddTo", dst, index)
	if x.Rank() != dst.Rank() || x.shape[0] != len(index) || !sameShape(dst.shape[1:], x.shape[1:]) {
		Refuse("tensor.ScatterAddTo", "one slice of the destination's shape for each index is needed", dst.shape, x.shape, []int{len(index)})
	}
	for i, k := range index {
		d := dst.Slice(0, k, k+1)
		AddTo(d, d, x.Slice(0, i, i+1))
	}
}

func checkIndex[T Float](op string, x *Tensor[T], index []int) {
	if x.Rank() == 0 {
		Refuse(op, "at least one axis is needed", x.shape)
	}
	for _, k := range index {
		if k < 0 || k >= x.shape[0] {
			Refuse(op, "index out of range", x.shape, []int{k})
		}
	}
}
