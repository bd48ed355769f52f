package autograd

import (
	"entrec/simd"
	"entrec/tensor"
)

// rowwise records an operation on the rows (last axis) of x with a result of the
// same shape. grad stores in dx the gradient of a row from its result y and the
// gradient g of that.
func rowwise[T Float](op string, x *Var[T], f func(y, x []T), grad func(dx, y, g []T)) *Var[T] {
	tp := tapeOf(x)
	d := rowLength(op, x)
	in := tp.contiguous(x.Value)
	rows := in.Len() / d
	y := tp.value(x.Shape()...)
	eachRow(rows, d, func(r int) { f(y.Data()[r*d:(r+1)*d], in.Data()[r*d:(r+1)*d]) })
	return record(tp, y, func(g *tensor.Tensor[T]) {
		gd := tp.contiguous(g).Data()
		dx := tp.newShape(x.Shape()...)
		eachRow(rows, d, func(r int) {
			grad(dx.Data()[r*d:(r+1)*d], y.Data()[r*d:(r+1)*d], gd[r*d:(r+1)*d])
		})
		tp.give(x, dx)
	}, x)
}

// Softmax returns e^x / Σ e^x over the last axis, shifted by the maximum so that
// it cannot overflow. Gradient: y·(g − ⟨g, y⟩).
func Softmax[T Float](x *Var[T]) *Var[T] {
	return rowwise("autograd.Softmax", x, simd.Softmax[T], func(dx, y, g []T) {
		simd.AddScalar(dx, g, -simd.Dot(g, y))
		simd.Mul(dx, dx, y)
		sumToZero(dx, y)
	})
}

// sumToZero sets the element of dx where y is largest to minus the sum of the others.
// A gradient through a softmax sums to 0, since adding one number to all logits changes
// nothing. Where the largest probability is near 1, its own formula would cancel.
func sumToZero[T Float](dx, y []T) {
	top := 0
	for i, v := range y {
		if v > y[top] {
			top = i
		}
	}
	dx[top] = 0
	dx[top] = -simd.Sum(dx)
}

// LogSoftmax returns x − log Σ e^x over the last axis. Gradient: g − e^y·Σg.
func LogSoftmax[T Float](x *Var[T]) *Var[T] {
	return rowwise("autograd.LogSoftmax", x, simd.LogSoftmax[T], func(dx, y, g []T) {
		simd.Exp(dx, y)
		simd.Scale(dx, dx, -simd.Sum(g))
		simd.Add(dx, dx, g)
	})
}

// LogSumExp returns log Σ e^x over the last axis, which is dropped: shifted by
// the maximum so that it cannot overflow; −Inf for a row of −Inf. Gradient:
// g·softmax(x).
func LogSumExp[T Float](x *Var[T]) *Var[T] {
	tp := tapeOf(x)
	d := rowLength("autograd.LogSumExp", x)
	in := tp.contiguous(x.Value)
	shape := x.Shape()[:x.Value.Rank()-1]
	y := tp.value(shape...)
	rows := y.Len()
	eachRow(rows, d, func(r int) { y.Data()[r] = simd.LogSumExp(in.Data()[r*d : (r+1)*d]) })
	return record(tp, y, func(g *tensor.Tensor[T]) {
		gd := tp.contiguous(g).Data()
		dx := tp.newShape(x.Shape()...)
		eachRow(rows, d, func(r int) {
			dr := dx.Data()[r*d : (r+1)*d]
			simd.Softmax(dr, in.Data()[r*d:(r+1)*d])
			simd.Scale(dr, dr, gd[r])
		})
		tp.give(x, dx)
	}, x)
}

// Normalize returns the rows (last axis) of x divided by max(‖x‖₂, eps):
// torch.nn.functional.normalize. Gradient, with r = max(‖x‖, eps): (g − y·⟨y, g⟩)/r,
// and g/r where eps took the norm's place.
func Normalize[T Float](x *Var[T], eps float64) *Var[T] {
	tp := tapeOf(x)
	d := rowLength("autograd.Normalize", x)
	in := tp.contiguous(x.Value)
	rows := in.Len() / d
	y, norms := tp.value(x.Shape()...), tp.buffer(rows)
	eachRow(rows, d, func(r int) {
		xr, yr := in.Data()[r*d:(r+1)*d], y.Data()[r*d:(r+1)*d]
		norms[r] = norm(yr, xr)
		divide(yr, xr, max(norms[r], T(eps)))
	})
	return record(tp, y, func(g *tensor.Tensor[T]) {
		gd := tp.contiguous(g).Data()
		dx := tp.newShape(x.Shape()...)
		eachRow(rows, d, func(r int) {
			gr, yr, dr := gd[r*d:(r+1)*d], y.Data()[r*d:(r+1)*d], dx.Data()[r*d:(r+1)*d]
			copy(dr, gr)
			if norms[r] >= T(eps) {
				simd.Axpy(dr, -simd.Dot(yr, gr), yr)
			}
			divide(dr, dr, max(norms[r], T(eps)))
		})
		tp.give(x, dx)
	}, x)
}

// norm returns the Euclidean norm of x. Where the sum of squares overflows or underflows,
// it is computed from x divided by its largest element. buf is scratch.
func norm[T Float](buf, x []T) T {
	sq := simd.Dot(x, x)
	if tiny := T(1e-30); sq >= tiny && sq <= 1/tiny || sq != sq {
		return sqrt(sq)
	}
	for i, v := range x {
		buf[i] = max(v, -v)
	}
	largest := simd.Max(buf)
	if largest == 0 || largest > maxFloat[T]() {
		return largest
	}
	divide(buf, x, largest)
	return largest * sqrt(simd.Dot(buf, buf))
}
