package tensor

import "entrec/simd"

// SumTo stores in dst the sum of x over every axis along which dst is stretched:
// dst's shape must broadcast to x's. It is the adjoint of broadcasting. The order
// of summation is fixed by the shapes and memory orders.
func SumTo[T Float](dst, x *Tensor[T]) {
	if !sameShape(BroadcastShape("tensor.SumTo", dst.shape, x.shape), x.shape) {
		Refuse("tensor.SumTo", "the destination does not broadcast to x", dst.shape, x.shape)
	}
	clear(dst.Data())
	order := memoryOrder(x.strides)
	d, s := dst.Expand(x.shape...).Transpose(order...), x.Transpose(order...)
	w := newWalker(s.shape, d.strides, s.strides)
	if w.run == 0 || w.runs() == 0 {
		return
	}
	buf := Scratch[T]().Get(w.run)
	defer Scratch[T]().Put(buf)
	w.each(0, w.runs(), func(off []int) {
		run := gather(buf, s.data, off[1], w.step[1], w.run)
		switch w.step[0] {
		case 0:
			d.data[off[0]] += simd.Sum(run)
		case 1:
			to := d.data[off[0] : off[0]+w.run]
			simd.Add(to, to, run)
		default:
			for j, v := range run {
				d.data[off[0]+j*w.step[0]] += v
			}
		}
	})
}

// MaxTo stores in dst the maximum of x over every axis along which dst is
// stretched; NaN where any element is NaN. dst's shape must broadcast to x's.
func MaxTo[T Float](dst, x *Tensor[T]) {
	if !sameShape(BroadcastShape("tensor.MaxTo", dst.shape, x.shape), x.shape) {
		Refuse("tensor.MaxTo", "the destination does not broadcast to x", dst.shape, x.shape)
	}
	for i := range dst.Data() {
		dst.data[i] = simd.Max[T](nil)
	}
	d := dst.Expand(x.shape...)
	w := newWalker(x.shape, d.strides, x.strides)
	buf := make([]T, w.run)
	w.each(0, w.runs(), func(off []int) {
		run := gather(buf, x.data, off[1], w.step[1], w.run)
		for j, v := range run {
			at := off[0] + j*w.step[0]
			if v > d.data[at] || v != v {
				d.data[at] = v
			}
		}
	})
}

// Sum returns the sum of x over the given axes (none: all), which are kept with
// length 1 if keep.
func Sum[T Float](x *Tensor[T], keep bool, axes ...int) *Tensor[T] {
	kept := New[T](ReducedShape("tensor.Sum", x.shape, axes, true)...)
	SumTo(kept, x)
	return kept.Reshape(ReducedShape("tensor.Sum", x.shape, axes, keep)...)
}

// Max returns the maximum of x over the given axes (none: all), which are kept
// with length 1 if keep.
func Max[T Float](x *Tensor[T], keep bool, axes ...int) *Tensor[T] {
	kept := New[T](ReducedShape("tensor.Max", x.shape, axes, true)...)
	MaxTo(kept, x)
	return kept.Reshape(ReducedShape("tensor.Max", x.shape, axes, keep)...)
}
