package autograd

import (
	"entrec/simd"
	"entrec/tensor"
)

// Add returns a + b, broadcast.
func Add[T Float](a, b *Var[T]) *Var[T] {
	tp := tapeOf(a, b)
	return record(tp, broadcast("autograd.Add", tp, a, b, simd.Add[T]), func(g *tensor.Tensor[T]) {
		tp.giveReduced(a, g)
		tp.giveReduced(b, g)
	}, a, b)
}

// Sub returns a − b, broadcast.
func Sub[T Float](a, b *Var[T]) *Var[T] {
	tp := tapeOf(a, b)
	return record(tp, broadcast("autograd.Sub", tp, a, b, simd.Sub[T]), func(g *tensor.Tensor[T]) {
		tp.giveReduced(a, g)
		tp.giveMapped(b, g, nil, func(d, g, _ []T) { simd.Scale(d, g, -1) })
	}, a, b)
}

// Mul returns a · b by element, broadcast.
func Mul[T Float](a, b *Var[T]) *Var[T] {
	tp := tapeOf(a, b)
	return record(tp, broadcast("autograd.Mul", tp, a, b, simd.Mul[T]), func(g *tensor.Tensor[T]) {
		tp.giveMapped(a, g, b.Value, simd.Mul[T])
		tp.giveMapped(b, g, a.Value, simd.Mul[T])
	}, a, b)
}

// Div returns a / b by element, broadcast. The gradient of b is −g·(a/b)/b.
func Div[T Float](a, b *Var[T]) *Var[T] {
	tp := tapeOf(a, b)
	y := broadcast("autograd.Div", tp, a, b, simd.Div[T])
	return record(tp, y, func(g *tensor.Tensor[T]) {
		tp.giveMapped(a, g, b.Value, simd.Div[T])
		if b.needs {
			gy := tp.newLike(g)
			defer tp.free(gy)
			tensor.MulTo(gy, g, y)
			tp.giveMapped(b, gy, b.Value, func(d, x, y []T) {
				simd.Div(d, x, y)
				simd.Scale(d, d, -1)
			})
		}
	}, a, b)
}

// Scale returns s·x.
func Scale[T Float](x *Var[T], s float64) *Var[T] {
	return unary(x, func(d, x []T) { simd.Scale(d, x, T(s)) },
		func(d, _, _, g []T) { simd.Scale(d, g, T(s)) })
}

// AddScalar returns x + s.
func AddScalar[T Float](x *Var[T], s float64) *Var[T] {
	return unary(x, func(d, x []T) { simd.AddScalar(d, x, T(s)) },
		func(d, _, _, g []T) { copy(d, g) })
}

// broadcast computes f(a, b) into a new value of the common shape.
func broadcast[T Float](op string, tp *Tape[T], a, b *Var[T], f func(dst, a, b []T)) *tensor.Tensor[T] {
	shape := tensor.BroadcastShape(op, a.Shape(), b.Shape())
	var y *tensor.Tensor[T]
	switch {
	case tensor.Size(shape) == a.Value.Len() && len(shape) == a.Value.Rank():
		y = tp.valueLike(a.Value)
	case tensor.Size(shape) == b.Value.Len() && len(shape) == b.Value.Rank():
		y = tp.valueLike(b.Value)
	default:
		y = tp.value(shape...)
	}
	tensor.ZipTo(y, a.Value, b.Value, f)
	return y
}

// giveReduced gives v the sum of g over the axes along which v was broadcast.
func (tp *Tape[T]) giveReduced(v *Var[T], g *tensor.Tensor[T]) {
	if !v.needs {
		return
	}
	d := tp.newLike(v.Value)
	tensor.SumTo(d, g)
	tp.give(v, d)
}

// giveMapped gives v the sum of f(g, x) over the axes along which v was
// broadcast; x, broadcast to g, may be nil.
func (tp *Tape[T]) giveMapped(v *Var[T], g, x *tensor.Tensor[T], f func(dst, g, x []T)) {
	if !v.needs {
		return
	}
	if x == nil {
		x = g
	}
	full := tp.newLike(g)
	tensor.ZipTo(full, g, x, f)
	if v.Value.Len() == full.Len() && v.Value.Rank() == full.Rank() {
		tp.give(v, full)
		return
	}
	tp.giveReduced(v, full)
	tp.free(full)
}
