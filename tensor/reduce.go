package tensor

import (
	"slices"

	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
)

// sumBlock is how many terms are added in T before the sum goes on in float64.
const sumBlock = 128

// SumTo stores in dst the sum of x over every axis along which dst is stretched:
// dst's shape must broadcast to x's. It is the adjoint of broadcasting.
//
// The order of summation is fixed by the shapes and memory orders. At most 128
// terms are added in T, those sums in float64: with u = 2⁻²⁴ for float32, the
// error is at most 128·u·Σ|x| for any number of terms up to 2³⁶.
func SumTo[T Float](dst, x *Tensor[T]) {
	if !sameShape(BroadcastShape("tensor.SumTo", dst.shape, x.shape), x.shape) {
		Refuse("tensor.SumTo", "the destination does not broadcast to x", dst.shape, x.shape)
	}
	clear(dst.Data())
	if x.Len() == 0 {
		return
	}
	d := dst.Expand(x.shape...)
	// Axes that are kept come first, so that runs with the same destination follow one
	// another. The innermost axis in memory stays last.
	order := memoryOrder(x.strides)
	if n := len(order); n > 0 {
		slices.SortStableFunc(order[:n-1], func(a, b int) int { return min(d.strides[b], 1) - min(d.strides[a], 1) })
	}
	s := summation[T]{d: d.Transpose(order...), x: x.Transpose(order...), each: 1, rows: 1}
	w := newWalker(s.x.shape, s.d.strides, s.x.strides)
	s.walker = w
	if last := len(w.shape) - 1; last >= 0 && w.strides[0][last] == 0 && w.strides[1][last] == w.run && w.step[1] == 1 && w.step[0] != 0 {
		s.rows = w.shape[last]
		w.shape, w.strides[0], w.strides[1] = w.shape[:last], w.strides[0][:last], w.strides[1][:last]
	}
	for a := len(w.shape) - 1; a >= 0 && w.strides[0][a] == 0; a-- {
		s.each *= w.shape[a]
	}
	places := s.runs() / s.each
	perTask := max(1, parallel.Chunk/(s.each*s.rows*s.run))
	parallel.For((places+perTask-1)/perTask, func(i int) { s.sum(i*perTask, min((i+1)*perTask, places)) })
}

// summation walks over the terms of sums and their destinations. Each group of "each"
// consecutive visits has one destination. A visit is to a run, or to "rows" runs that
// follow each other in memory.
type summation[T Float] struct {
	*walker
	d, x       *Tensor[T]
	each, rows int
}

// sum computes the places lo ≤ i < hi.
func (s *summation[T]) sum(lo, hi int) {
	width := s.run // of a place
	if s.step[0] == 0 {
		width = 1
	}
	part, total := memory.Scratch[T]().Zeroed(width), memory.Scratch[float64]().Zeroed(width)
	defer memory.Scratch[T]().Put(part)
	defer memory.Scratch[float64]().Put(total)
	var buf []T
	if s.step[1] != 1 {
		buf = memory.Scratch[T]().Get(s.run)
		defer memory.Scratch[T]().Put(buf)
	}
	flush := func() {
		for j, v := range part {
			total[j] += float64(v)
		}
		clear(part)
	}
	seen := 0
	s.walker.each(lo*s.each, hi*s.each, func(off []int) {
		seen++
		switch {
		case s.rows > 1:
			block := s.x.data[off[1] : off[1]+s.rows*s.run]
			for size := sumBlock * s.run; len(block) > 0; block = block[min(size, len(block)):] {
				simd.ColSum(part, block[:min(size, len(block))])
				flush()
			}
		case width == 1:
			total[0] += sum(gather(buf, s.x.data, off[1], s.step[1], s.run))
		default:
			simd.Add(part, part, gather(buf, s.x.data, off[1], s.step[1], s.run))
			if seen%sumBlock == 0 || seen == s.each {
				flush()
			}
		}
		if seen == s.each {
			for j, v := range total {
				s.d.data[off[0]+j*s.step[0]] = T(v)
			}
			clear(total)
			seen = 0
		}
	})
}

// sum returns the sum of x, in float64 over blocks.
func sum[T Float](x []T) float64 {
	s := 0.0
	for len(x) > sumBlock {
		s += float64(simd.Sum(x[:sumBlock]))
		x = x[sumBlock:]
	}
	return s + float64(simd.Sum(x))
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

// Sum returns the sum of x over the given axes (none: all), which the result is
// without.
func Sum[T Float](x *Tensor[T], axes ...int) *Tensor[T] {
	return SumKeep(x, axes...).Reshape(ReducedShape("tensor.Sum", x.shape, axes)...)
}

// SumKeep is [Sum] with the given axes kept, with length 1.
func SumKeep[T Float](x *Tensor[T], axes ...int) *Tensor[T] {
	y := New[T](KeptShape("tensor.Sum", x.shape, axes)...)
	SumTo(y, x)
	return y
}

// Max returns the maximum of x over the given axes (none: all), which the result is
// without.
func Max[T Float](x *Tensor[T], axes ...int) *Tensor[T] {
	return MaxKeep(x, axes...).Reshape(ReducedShape("tensor.Max", x.shape, axes)...)
}

// MaxKeep is [Max] with the given axes kept, with length 1.
func MaxKeep[T Float](x *Tensor[T], axes ...int) *Tensor[T] {
	y := New[T](KeptShape("tensor.Max", x.shape, axes)...)
	MaxTo(y, x)
	return y
}
