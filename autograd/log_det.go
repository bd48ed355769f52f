package autograd

import (
	"math"

	"entrec/tensor"
)

// LogDet returns log det of the symmetric part (x + xᵀ)/2 of x (d, d), by Cholesky in
// float64 whatever the precision of x. Gradient: g·((x + xᵀ)/2)⁻¹. Where the symmetric
// part is not positive definite, value and gradient are NaN: see [tensor.NewCholesky]. It
// panics with a *tensor.ShapeError unless x is a square matrix.
func LogDet[T Float](x *Var[T]) *Var[T] {
	if x.Value.Rank() != 2 || x.Value.Dim(0) != x.Value.Dim(1) || x.Value.Len() == 0 {
		tensor.Refuse("autograd.LogDet", "a square matrix is needed", x.Shape())
	}
	c, definite := tensor.NewCholesky(x.Value)
	value := math.NaN()
	if definite {
		value = c.LogDet()
	}
	return Function(tensor.Scalar(T(value)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		if !definite {
			dst[0].Fill(T(math.NaN()))
			return
		}
		scale, dx := float64(g.Item()), dst[0].Data()
		for i, v := range c.Inverse().Data() {
			dx[i] = T(scale * v)
		}
	}, x)
}
