package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// gelu is x·(1 + erf(x/√2))/2, or its form by tanh, each step rounded, as frameworks have it: far
// below 0 the sum with 1 cancels. Of erf and tanh there is the number so many units off.
func gelu[T tensor.Float](x *autograd.Var[T], byTanh bool, off int) *autograd.Var[T] {
	in := tensor.Contiguous(x.Value).Data()
	y, slope := tensor.New[T](x.Shape()...), make([]T, len(in))
	for i, v := range in {
		var phi, density T // Φ, and its derivative
		if byTanh {
			scale, cubic := T(math.Sqrt(2/math.Pi)), T(0.044715)
			t := unitsOff(T(math.Tanh(float64(scale*(v+cubic*v*v*v)))), off)
			phi = T(0.5) * (1 + t)
			density = T(0.5) * (1 - t*t) * scale * (1 + 3*cubic*v*v)
		} else {
			phi = T(0.5) * (1 + unitsOff(T(math.Erf(float64(v*T(math.Sqrt2/2)))), off))
			density = T(math.Exp(float64(T(-0.5)*v*v))) * T(1/math.Sqrt(2*math.Pi))
		}
		y.Data()[i], slope[i] = v*phi, phi+v*density
	}
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		gs := tensor.Contiguous(g).Data()
		for i, s := range slope {
			dst[0].Data()[i] = gs[i] * s
		}
	}, x)
}

// otherLibraries are the formulas whose functions libraries have to a unit in the last place,
// with all of them that much too large or too small.
func otherLibraries[T tensor.Float](off int) map[string]formula[T] {
	return map[string]formula[T]{"gelu": {"y", func(q *inputs[T]) *autograd.Var[T] {
		return gelu(q.vars["x"], q.Attrs["approximate"] == "tanh", off)
	}}}
}

// unitsOff returns v moved by that many units in the last place, within [−1, 1].
func unitsOff[T tensor.Float](v T, off int) T {
	return min(max(v+T(off)*epsilon[T]()*T(math.Abs(float64(v)))/2, -1), 1)
}
