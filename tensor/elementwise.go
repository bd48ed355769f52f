package tensor

import (
	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
)

// CopyTo copies x, broadcast to dst's shape, into dst, whatever their memory
// orders. They must not overlap.
func CopyTo[T Float](dst, x *Tensor[T]) {
	binary("tensor.CopyTo", dst, x, nil, func(d, x, _ []T) { copy(d, x) })
}

// AddTo stores a + b, broadcast to dst's shape, in dst, which may be a or b.
func AddTo[T Float](dst, a, b *Tensor[T]) { binary("tensor.AddTo", dst, a, b, simd.Add[T]) }

// SubTo stores a − b, broadcast to dst's shape, in dst, which may be a or b.
func SubTo[T Float](dst, a, b *Tensor[T]) { binary("tensor.SubTo", dst, a, b, simd.Sub[T]) }

// MulTo stores a · b (by element), broadcast to dst's shape, in dst, which may be
// a or b.
func MulTo[T Float](dst, a, b *Tensor[T]) { binary("tensor.MulTo", dst, a, b, simd.Mul[T]) }

// DivTo stores a / b (by element), broadcast to dst's shape, in dst, which may be
// a or b.
func DivTo[T Float](dst, a, b *Tensor[T]) { binary("tensor.DivTo", dst, a, b, simd.Div[T]) }

// MapTo stores f(x) in dst, which has x's shape and may be x. f is called on runs
// of whatever length and must treat elements independently.
func MapTo[T Float](dst, x *Tensor[T], f func(dst, x []T)) {
	if !sameShape(dst.shape, x.shape) {
		Refuse("tensor.MapTo", "shapes must be equal", dst.shape, x.shape)
	}
	binary("tensor.MapTo", dst, x, nil, func(d, x, _ []T) { f(d, x) })
}

// ZipTo stores f(a, b) in dst, broadcast to dst's shape; dst may be a or b. f is
// called on runs of whatever length and must treat elements independently.
func ZipTo[T Float](dst, a, b *Tensor[T], f func(dst, a, b []T)) {
	binary("tensor.ZipTo", dst, a, b, f)
}

// Fill sets every element to v.
func (t *Tensor[T]) Fill(v T) {
	CopyTo(t, Scalar(v))
}

// binary calls f on runs of dst and the broadcast a and b; where b is nil, on
// those of a for it.
func binary[T Float](op string, dst, a, b *Tensor[T], f func(dst, a, b []T)) {
	alone := b == nil
	if alone {
		b = a
	}
	if sameLayout(dst, a) && sameLayout(dst, b) && dst.IsDense() {
		x, y, z := dst.Data(), a.Data(), b.Data()
		if len(x) <= parallel.Chunk {
			f(x, y, z)
			return
		}
		parallel.Chunks(len(x), func(lo, hi int) { f(x[lo:hi], y[lo:hi], z[lo:hi]) })
		return
	}
	a, b = fit(op, dst, a), fit(op, dst, b)
	order := memoryOrder(dst.strides)
	d, a, b := dst.Transpose(order...), a.Transpose(order...), b.Transpose(order...)
	w := newWalker(d.shape, d.strides, a.strides, b.strides)
	if w.run == 0 || w.runs() == 0 {
		return
	}
	if w.runs() == 1 && w.step[0] == 1 && w.step[1] == 1 && w.step[2] == 1 {
		x, y, z := d.data[:w.run], a.data[:w.run], b.data[:w.run]
		parallel.Chunks(w.run, func(lo, hi int) { f(x[lo:hi], y[lo:hi], z[lo:hi]) })
		return
	}
	perTask := max(1, parallel.Chunk/w.run)
	parallel.For((w.runs()+perTask-1)/perTask, func(i int) {
		pool := memory.Scratch[T]()
		buf := pool.Get(3 * w.run)
		defer pool.Put(buf)
		n := w.run
		w.each(i*perTask, min((i+1)*perTask, w.runs()), func(off []int) {
			x := gather(buf[n:2*n], a.data, off[1], w.step[1], n)
			y := x
			if !alone {
				y = gather(buf[2*n:], b.data, off[2], w.step[2], n)
			}
			if w.step[0] == 1 {
				f(d.data[off[0]:off[0]+n], x, y)
				return
			}
			f(buf[:n], x, y)
			for j, v := range buf[:n] {
				d.data[off[0]+j*w.step[0]] = v
			}
		})
	})
}

// sameLayout reports whether a and b have the same shape and strides.
func sameLayout[T Float](a, b *Tensor[T]) bool {
	return sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides)
}

func fit[T Float](op string, dst, x *Tensor[T]) *Tensor[T] {
	if sameShape(x.shape, dst.shape) {
		return x
	}
	if !sameShape(BroadcastShape(op, x.shape, dst.shape), dst.shape) {
		Refuse(op, "does not broadcast to the destination", dst.shape, x.shape)
	}
	return x.Expand(dst.shape...)
}
