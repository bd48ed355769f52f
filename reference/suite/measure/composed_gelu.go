package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// gelu is x·(1 + erf(x/√2))/2, or its form by tanh, each step rounded, as frameworks have it: far
// below 0 the sum with 1 cancels.
func gelu[T tensor.Float](x *autograd.Var[T], byTanh bool) *autograd.Var[T] {
	in := tensor.Contiguous(x.Value).Data()
	y, slope := tensor.New[T](x.Shape()...), make([]T, len(in))
	for i, v := range in {
		var phi, density T // Φ, and its derivative
		if byTanh {
			scale, cubic := T(math.Sqrt(2/math.Pi)), T(0.044715)
			t := T(math.Tanh(float64(scale * (v + cubic*v*v*v))))
			phi = T(0.5) * (1 + t)
			density = T(0.5) * (1 - t*t) * scale * (1 + 3*cubic*v*v)
		} else {
			phi = T(0.5) * (1 + T(math.Erf(float64(v*T(math.Sqrt2/2)))))
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
