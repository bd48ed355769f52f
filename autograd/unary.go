package autograd

import (
	"math"

	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// unary records y = f(x) by element. grad stores in dst the gradient of x from
// x, y and the gradient g of y; dst overlaps none of them.
func unary[T Float](x *Var[T], f func(dst, x []T), grad func(dst, x, y, g []T)) *Var[T] {
	tp := tapeOf(x)
	in := x.Value
	if !in.IsDense() {
		in = tp.contiguous(in)
	}
	y := tp.valueLike(in)
	tensor.MapTo(y, in, f)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		gd := tp.newLike(in)
		tensor.CopyTo(gd, g) // g may have come in another memory order
		d := tp.newLike(in)
		dst, xs, ys, gs := d.Data(), in.Data(), y.Data(), gd.Data()
		parallel.Chunks(len(dst), func(lo, hi int) { grad(dst[lo:hi], xs[lo:hi], ys[lo:hi], gs[lo:hi]) })
		tp.free(gd)
		tp.give(x, d)
	}, x)
}

// ReLU returns max(x, 0); its derivative at 0 is 0, as in PyTorch.
func ReLU[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.ReLU[T], func(d, _, y, g []T) { simd.ReLUGrad(d, y, g) })
}

// GELU returns x·Φ(x) = ½·x·(1 + erf(x/√2)) (Hendrycks and Gimpel, 2016).
func GELU[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.GELU[T], func(d, x, _, g []T) { simd.GELUGrad(d, x, g) })
}

// GELUTanh returns ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the approximation
// that PyTorch calls approximate="tanh".
func GELUTanh[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.GELUTanh[T], func(d, x, _, g []T) { simd.GELUTanhGrad(d, x, g) })
}

// Tanh returns tanh(x).
func Tanh[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.Tanh[T], func(d, _, y, g []T) {
		for i, v := range y {
			d[i] = g[i] * (1 - v*v)
		}
	})
}

// Sigmoid returns 1 / (1 + e^−x).
func Sigmoid[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.Sigmoid[T], func(d, _, y, g []T) {
		for i, v := range y {
			d[i] = g[i] * v * (1 - v)
		}
	})
}

// Exp returns e^x.
func Exp[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.Exp[T], func(d, _, y, g []T) { simd.Mul(d, y, g) })
}

// Log returns the natural logarithm: −Inf at 0, NaN below.
func Log[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.Log[T], func(d, x, _, g []T) { simd.Div(d, g, x) })
}

// Sqrt returns √x; its gradient at 0 is infinite.
func Sqrt[T Float](x *Var[T]) *Var[T] {
	return unary(x, simd.Sqrt[T], func(d, _, y, g []T) {
		for i, v := range y {
			d[i] = g[i] / (2 * v)
		}
	})
}

// Pow returns x^p for a constant p, by math.Pow's rules. The gradient is
// p·x^(p−1), and 0 where p is 0.
func Pow[T Float](x *Var[T], p float64) *Var[T] {
	power := func(x T, p float64) T {
		switch p {
		case 1:
			return x
		case 2:
			return x * x
		}
		return T(math.Pow(float64(x), p))
	}
	return unary(x, func(d, x []T) {
		for i, v := range x {
			d[i] = power(v, p)
		}
	}, func(d, x, _, g []T) {
		for i, v := range x {
			d[i] = 0
			if p != 0 {
				d[i] = g[i] * T(p) * power(v, p-1)
			}
		}
	})
}
