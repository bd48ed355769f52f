package autograd

import (
	"slices"

	"entrec/tensor"
)

// Reshape returns x with another shape of the same size, in row-major order; one
// length may be -1 and is worked out.
func Reshape[T Float](x *Var[T], shape ...int) *Var[T] {
	tp := tapeOf(x)
	return record(tp, tp.contiguous(x.Value).Reshape(shape...), func(g *tensor.Tensor[T]) {
		d := tp.newShape(x.Shape()...)
		tensor.CopyTo(d, g.Reshape(x.Shape()...))
		tp.give(x, d)
	}, x)
}

// Transpose returns x with its axes permuted: axis i of the result is axis
// perm[i] of x; without arguments the axes are reversed. The value is a view.
func Transpose[T Float](x *Var[T], perm ...int) *Var[T] {
	tp := tapeOf(x)
	if len(perm) == 0 {
		for i := x.Value.Rank() - 1; i >= 0; i-- {
			perm = append(perm, i)
		}
	}
	return record(tp, x.Value.Transpose(perm...), func(g *tensor.Tensor[T]) {
		inverse := make([]int, len(perm))
		for i, p := range perm {
			inverse[p] = i
		}
		d := tp.newLike(x.Value)
		tensor.CopyTo(d, g.Transpose(inverse...))
		tp.give(x, d)
	}, x)
}

// Expand returns x broadcast to shape. The value is a view.
func Expand[T Float](x *Var[T], shape ...int) *Var[T] {
	tp := tapeOf(x)
	return record(tp, x.Value.Expand(shape...), func(g *tensor.Tensor[T]) { tp.giveReduced(x, g) }, x)
}

// Slice returns the elements lo ≤ index < hi of x along an axis. The value is a
// view.
func Slice[T Float](x *Var[T], axis, lo, hi int) *Var[T] {
	tp := tapeOf(x)
	return record(tp, x.Value.Slice(axis, lo, hi), func(g *tensor.Tensor[T]) {
		d := tp.newLike(x.Value)
		clear(d.Data())
		tensor.CopyTo(d.Slice(axis, lo, hi), g)
		tp.give(x, d)
	}, x)
}

// Concat returns the xs joined along an axis; all other lengths must agree.
func Concat[T Float](axis int, xs ...*Var[T]) *Var[T] {
	tp := tapeOf(xs...)
	values := make([]*tensor.Tensor[T], len(xs))
	for i, x := range xs {
		values[i] = x.Value
	}
	y := tp.value(tensor.ConcatShape("autograd.Concat", axis, values...)...)
	tensor.ConcatTo(y, axis, values...)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		at := 0
		for _, x := range xs {
			n := x.Value.Dim(axis)
			if x.needs {
				d := tp.newLike(x.Value)
				tensor.CopyTo(d, g.Slice(axis, at, at+n))
				tp.give(x, d)
			}
			at += n
		}
	}, xs...)
}

// Gather returns the slices of x at the given places along its first axis:
// y[i, …] = x[index[i], …]. Gradients of repeated places add up.
func Gather[T Float](x *Var[T], index []int) *Var[T] {
	tp := tapeOf(x)
	index = slices.Clone(index)
	if x.Value.Rank() == 0 {
		tensor.Refuse("autograd.Gather", "at least one axis is needed", x.Shape())
	}
	y := tp.value(append([]int{len(index)}, x.Shape()[1:]...)...)
	tensor.GatherTo(y, x.Value, index)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		d := tp.newShape(x.Shape()...)
		clear(d.Data())
		tensor.ScatterAddTo(d, g, index)
		tp.give(x, d)
	}, x)
}
