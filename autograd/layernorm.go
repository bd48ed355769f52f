package autograd

import (
	"math"

	"entrec/simd"
	"entrec/tensor"
)

// LayerNorm normalises each row of x (…, d) by its own mean and biased variance:
//
//	y = (x − mean)/√(var + eps) · weight + bias
//
// weight and bias (d) may be nil: torch.nn.functional.layer_norm.
func LayerNorm[T Float](x, weight, bias *Var[T], eps float64) *Var[T] {
	tp := tapeOf(x, weight, bias)
	d := rowLength("autograd.LayerNorm", x)
	for _, v := range []*Var[T]{weight, bias} {
		if v != nil && (v.Value.Rank() != 1 || v.Value.Len() != d) {
			tensor.Refuse("autograd.LayerNorm", "weight and bias of the last axis' length are needed", x.Shape(), v.Shape())
		}
	}
	in := tensor.Contiguous(x.Value)
	rows := in.Len() / d
	normal, inv := tp.buffer(in.Len()), tp.buffer(rows)
	y := tp.value(x.Shape()...)
	w, b := channelValues(weight, d, 1), channelValues(bias, d, 0)
	eachRow(rows, d, func(r int) {
		xr, nr, yr := in.Data()[r*d:(r+1)*d], normal[r*d:(r+1)*d], y.Data()[r*d:(r+1)*d]
		simd.AddScalar(nr, xr, -simd.Sum(xr)/T(d))
		inv[r] = 1 / T(math.Sqrt(float64(simd.Dot(nr, nr)/T(d))+eps))
		simd.Scale(nr, nr, inv[r])
		simd.RowAffine(yr, nr, w, b)
	})
	return record(tp, y, func(g *tensor.Tensor[T]) {
		gd := tensor.Contiguous(g).Data()
		if weight != nil && weight.needs {
			dw := tp.newShape(d)
			clear(dw.Data())
			for r := range rows {
				simd.MulAdd(dw.Data(), gd[r*d:(r+1)*d], normal[r*d:(r+1)*d])
			}
			tp.give(weight, dw)
		}
		if bias != nil && bias.needs {
			db := tp.newShape(d)
			clear(db.Data())
			simd.ColSum(db.Data(), gd)
			tp.give(bias, db)
		}
		if x.needs {
			// With h = g·weight: dx = inv·( h − mean(h) − normal·mean(h·normal) )
			dx := tp.newShape(x.Shape()...)
			eachRow(rows, d, func(r int) {
				nr, dr := normal[r*d:(r+1)*d], dx.Data()[r*d:(r+1)*d]
				simd.Mul(dr, gd[r*d:(r+1)*d], w)
				mean, dot := simd.Sum(dr)/T(d), simd.Dot(dr, nr)/T(d)
				simd.AddScalar(dr, dr, -mean)
				simd.Axpy(dr, -dot, nr)
				simd.Scale(dr, dr, inv[r])
			})
			tp.give(x, dx)
		}
	}, x, weight, bias)
}

// rowLength returns the length of the last axis, which must be at least 1.
func rowLength[T Float](op string, x *Var[T]) int {
	if x.Value.Rank() == 0 || x.Value.Dim(-1) == 0 {
		tensor.Refuse(op, "a last axis of at least one element is needed", x.Shape())
	}
	return x.Value.Dim(-1)
}

// eachRow calls f for each of the rows of d elements, some thousands of elements
// a task.
func eachRow(rows, d int, f func(r int)) {
	per := max(1, rangeSize/4/d)
	tensor.Parallel((rows+per-1)/per, func(i int) {
		for r := i * per; r < min((i+1)*per, rows); r++ {
			f(r)
		}
	})
}
