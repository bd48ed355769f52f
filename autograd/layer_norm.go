package autograd

import (
	"math"

	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// LayerNorm normalizes each row of x (…, d) by its own mean and biased variance:
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
	in := tp.contiguous(x.Value)
	rows := in.Len() / d
	normal, inv := tp.buffer(in.Len()), tp.buffer(rows)
	y := tp.value(x.Shape()...)
	w, b := channelValues(weight, d, 1), channelValues(bias, d, 0)
	eachRow(rows, d, func(r int) {
		xr, nr, yr := in.Data()[r*d:(r+1)*d], normal[r*d:(r+1)*d], y.Data()[r*d:(r+1)*d]
		simd.AddScalar(nr, xr, -simd.Sum(xr)/T(d))
		simd.AddScalar(nr, nr, -simd.Sum(nr)/T(d)) // what rounding left of the mean
		inv[r] = 1 / T(math.Sqrt(float64(simd.Dot(nr, nr)/T(d))+eps))
		simd.Scale(nr, nr, inv[r])
		simd.RowAffine(yr, nr, w, b)
	})
	return record(tp, y, func(g *tensor.Tensor[T]) {
		gd := tp.contiguous(g).Data()
		if weight != nil && weight.needs {
			terms := tp.newShape(rows, d)
			parallel.Chunks(len(normal), func(lo, hi int) { simd.Mul(terms.Data()[lo:hi], gd[lo:hi], normal[lo:hi]) })
			tp.give(weight, tp.columnSums(terms))
			tp.free(terms)
		}
		if bias != nil && bias.needs {
			tp.give(bias, tp.columnSums(tensor.FromSlice(gd, rows, d)))
		}
		if x.needs {
			// With the orthogonal parts g·weight = mean + k·normal + rest:
			// dx = inv·( rest + k·normal·eps/(var + eps) ). The other parts are subtracted
			// twice, so that rest holds none of their rounding errors: with two columns it
			// is 0.
			dx := tp.newShape(x.Shape()...)
			eachRow(rows, d, func(r int) {
				nr, dr := normal[r*d:(r+1)*d], dx.Data()[r*d:(r+1)*d]
				simd.Mul(dr, gd[r*d:(r+1)*d], w)
				squares := max(simd.Dot(nr, nr), 1e-30) // 0 of a constant row
				var slope T
				for range 2 {
					simd.AddScalar(dr, dr, -simd.Sum(dr)/T(d))
					k := simd.Dot(dr, nr) / squares
					simd.Axpy(dr, -k, nr)
					slope += k
				}
				simd.Axpy(dr, slope*T(eps)*inv[r]*inv[r], nr)
				simd.Scale(dr, dr, inv[r])
			})
			tp.give(x, dx)
		}
	}, x, weight, bias)
}

// columnSums returns the sums of x (n, d) over its rows: (d).
func (tp *Tape[T]) columnSums(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	sums := tp.newShape(x.Dim(1))
	tensor.SumTo(sums.Reshape(1, -1), x)
	return sums
}

// rowLength returns the length of the last axis, which must be at least 1.
func rowLength[T Float](op string, x *Var[T]) int {
	if x.Value.Rank() == 0 || x.Value.Dim(-1) == 0 {
		tensor.Refuse(op, "a last axis of at least one element is needed", x.Shape())
	}
	return x.Value.Dim(-1)
}

// eachRow calls f for each of the rows of d elements, in parallel tasks of some thousands
// of elements.
func eachRow(rows, d int, f func(r int)) {
	per := max(1, parallel.Chunk/4/d)
	parallel.For((rows+per-1)/per, func(i int) {
		for r := i * per; r < min((i+1)*per, rows); r++ {
			f(r)
		}
	})
}
