package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// CodingRate returns ½·log det( I + d/(k·eps)·zᵀz ) of projections z (k, d), unit rows as
// a rule: the information in nats that linear Gaussian units pass through noise of
// variance eps/d (Linsker, 1988), the coding rate of Yu et al. (2020), arXiv:2006.08558,
// equation 7. It is worked out in float64. It panics with a *tensor.ShapeError unless z
// is a matrix with rows and columns.
func CodingRate[T Float](z *autograd.Var[T], eps float64) *autograd.Var[T] {
	check("objective.CodingRate", 1, z)
	d := z.Value.Dim(1)
	l := newLogDet(tensor.Convert[float64](tensor.Contiguous(z.Value)), nil, float64(d)/eps, 1)
	return autograd.Function(tensor.Scalar(T(l.value/2)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		store(dst[0], l.gradient(float64(g.Item())/2))
	}, z)
}

// IMAX returns ½·log( det(Σ₊ + eps·I) / det(Σ₋ + eps·I) ) of projections z1, z2 (k, d),
// with Σ₊ and Σ₋ the covariances over the batch of z1 + z2 and of z1 − z2: the information
// in nats that two views share about a common Gaussian signal under independent noise
// (Becker and Hinton, 1992; Becker, 1996). It is to be maximized, and worked out in
// float64. It panics with a *tensor.ShapeError unless both are equal matrices with at
// least two rows.
func IMAX[T Float](z1, z2 *autograd.Var[T], eps float64) *autograd.Var[T] {
	check("objective.IMAX", 2, z1, z2)
	a, b := centered(z1.Value), centered(z2.Value)
	sum, difference := tensor.New[float64](a.Shape()...), tensor.New[float64](a.Shape()...)
	simd.Add(sum.Data(), a.Data(), b.Data())
	simd.Sub(difference.Data(), a.Data(), b.Data())
	signal, noise := newLogDet(sum, nil, 1, eps), newLogDet(difference, nil, 1, eps)
	return autograd.Function(tensor.Scalar(T((signal.value-noise.value)/2)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		half := float64(g.Item()) / 2
		plus, minus := signal.gradient(half), noise.gradient(half)
		gradient := make([]float64, len(plus))
		simd.Sub(gradient, plus, minus)
		store(dst[0], gradient)
		simd.Add(gradient, plus, minus)
		store(dst[1], gradient)
	}, z1, z2)
}

// store rounds values into dst, which may be nil.
func store[T Float](dst *tensor.Tensor[T], values []float64) {
	if dst == nil {
		return
	}
	for i, v := range values {
		dst.Data()[i] = T(v)
	}
}
