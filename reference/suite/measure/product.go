package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// product is a·b, each factor rounded, and the cotangent by which the factors are multiplied.
func (q *inputs[T]) product(a, b *autograd.Var[T]) *autograd.Var[T] {
	if q.bits == 0 {
		return autograd.MatMul(a, b)
	}
	round := func(v T) T { return roundBits(v, q.bits) }
	same := func(v T) T { return v }
	return through(autograd.MatMul(through(a, round, same), through(b, round, same)), same, round)
}

// through passes x on by f, and its gradient by g.
func through[T tensor.Float](x *autograd.Var[T], f, g func(v T) T) *autograd.Var[T] {
	each := func(x *tensor.Tensor[T], f func(v T) T) *tensor.Tensor[T] {
		y := tensor.New[T](x.Shape()...)
		for i, v := range tensor.Contiguous(x).Data() {
			y.Data()[i] = f(v)
		}
		return y
	}
	return autograd.Function(each(x.Value, f), func(ct *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		if dst[0] != nil {
			tensor.CopyTo(dst[0], each(ct, g))
		}
	}, x)
}

// roundBits rounds to nearest, ties to even, to that many significant bits.
func roundBits[T tensor.Float](v T, bits int) T {
	fraction, exponent := math.Frexp(float64(v))
	return T(math.Ldexp(math.RoundToEven(math.Ldexp(fraction, bits)), exponent-bits))
}
