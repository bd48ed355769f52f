package autograd

import (
	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// MatMul returns a·b over the last two axes: (…, m, k)·(…, k, n) = (…, m, n). The
// leading axes are a batch and must be equal.
//
//	da = g·bᵀ,  db = aᵀ·g
func MatMul[T Float](a, b *Var[T]) *Var[T] {
	tp := tapeOf(a, b)
	as, bs := a.Shape(), b.Shape()
	r := len(as)
	if r < 2 || len(bs) != r {
		tensor.Refuse("autograd.MatMul", "equal ranks of at least 2 are needed", as, bs)
	}
	shape := append(append([]int{}, as[:r-1]...), bs[r-1])
	y := tp.value(shape...)
	av, bv := tp.contiguous(a.Value), tp.contiguous(b.Value)
	tensor.MatMulTo(y, av, bv, tensor.NoTrans, tensor.NoTrans)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		g = tp.contiguous(g)
		if a.needs {
			d := tp.newShape(as...)
			tensor.MatMulTo(d, g, bv, tensor.NoTrans, tensor.Trans)
			tp.give(a, d)
		}
		if b.needs {
			d := tp.newShape(bs...)
			tensor.MatMulTo(d, av, g, tensor.Trans, tensor.NoTrans)
			tp.give(b, d)
		}
	}, a, b)
}

// Linear returns x·weightᵀ + bias, for x (n, i), weight (o, i) and bias (o), which
// may be nil: torch.nn.functional.linear.
//
//	dx = g·weight,  dweight = gᵀ·x,  dbias = Σ_n g
func Linear[T Float](x, weight, bias *Var[T]) *Var[T] {
	tp := tapeOf(x, weight, bias)
	xs, ws := x.Shape(), weight.Shape()
	if len(xs) != 2 || len(ws) != 2 || xs[1] != ws[1] || (bias != nil && (bias.Value.Rank() != 1 || bias.Value.Len() != ws[0])) {
		tensor.Refuse("autograd.Linear", "x (n,i), weight (o,i) and bias (o) are needed", xs, ws)
	}
	y := tp.value(xs[0], ws[0])
	xv, wv := tp.contiguous(x.Value), tp.contiguous(weight.Value)
	tensor.MatMulTo(y, xv, wv, tensor.NoTrans, tensor.Trans)
	if bias != nil {
		addRows(y.Data(), bias.Value)
	}
	return record(tp, y, func(g *tensor.Tensor[T]) {
		g = tp.contiguous(g)
		if x.needs {
			d := tp.newShape(xs...)
			tensor.MatMulTo(d, g, wv, tensor.NoTrans, tensor.NoTrans)
			tp.give(x, d)
		}
		if weight.needs {
			d := tp.newShape(ws...)
			tensor.MatMulTo(d, g, xv, tensor.Trans, tensor.NoTrans)
			tp.give(weight, d)
		}
		if bias != nil && bias.needs {
			tp.give(bias, tp.columnSums(g))
		}
	}, x, weight, bias)
}

// addRows adds bias to each row of y.
func addRows[T Float](y []T, bias *tensor.Tensor[T]) {
	b := tensor.Contiguous(bias).Data()
	rows := max(1, parallel.Chunk/len(b)) * len(b)
	parallel.For((len(y)+rows-1)/rows, func(i int) {
		for r := i * rows; r < min((i+1)*rows, len(y)); r += len(b) {
			simd.Add(y[r:r+len(b)], y[r:r+len(b)], b)
		}
	})
}
