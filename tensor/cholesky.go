package tensor

import (
	"math"

	"entrec/simd"
)

// Cholesky is the lower triangular factor L of a symmetric positive definite matrix
// L·Lᵀ, in float64.
type Cholesky struct {
	d     int
	lower []float64 // (d, d), zeros above the diagonal
}

// NewCholesky factors the symmetric part (x + xᵀ)/2 of x (d, d). It returns false where
// that is not positive definite within rounding: where a pivot is at most d·2⁻⁵² of its
// diagonal element, or NaN. It panics with a *[ShapeError] unless x is a square matrix.
func NewCholesky[T Float](x *Tensor[T]) (c *Cholesky, definite bool) {
	if x.Rank() != 2 || x.Dim(0) != x.Dim(1) || x.Dim(0) == 0 {
		Refuse("tensor.NewCholesky", "a square matrix is needed", x.Shape())
	}
	d, a := x.Dim(0), Contiguous(x).Data()
	l := make([]float64, d*d)
	for i := range d {
		row := l[i*d : (i+1)*d]
		for j := range i {
			other := l[j*d : (j+1)*d]
			v := (float64(a[i*d+j]) + float64(a[j*d+i])) / 2
			row[j] = (v - simd.Dot(row[:j], other[:j])) / other[j]
		}
		v := float64(a[i*d+i])
		pivot := v - simd.Dot(row[:i], row[:i])
		if !(pivot > float64(d)*0x1p-52*v && pivot <= math.MaxFloat64) {
			return nil, false
		}
		row[i] = math.Sqrt(pivot)
	}
	return &Cholesky{d, l}, true
}

// LogDet returns log det(L·Lᵀ), which neither overflows nor underflows with the
// determinant.
func (c *Cholesky) LogDet() float64 {
	sum := 0.0
	for i := range c.d {
		sum += math.Log(c.lower[i*c.d+i])
	}
	return 2 * sum
}

// Inverse returns (L·Lᵀ)⁻¹ (d, d), symmetric to the bit: M = L⁻¹ by rows, then Mᵀ·M.
func (c *Cholesky) Inverse() *Tensor[float64] {
	d := c.d
	m := make([]float64, d*d)
	for i := range d {
		row, l := m[i*d:(i+1)*d], c.lower[i*d:(i+1)*d]
		for j := range i {
			simd.Axpy(row[:j+1], -l[j], m[j*d:j*d+j+1])
		}
		row[i] = 1
		simd.Scale(row[:i+1], row[:i+1], 1/l[i])
	}
	inverse := New[float64](d, d)
	y := inverse.Data()
	for k := range d {
		row := m[k*d : k*d+k+1]
		for i, v := range row {
			simd.Axpy(y[i*d:i*d+i+1], v, row[:i+1])
		}
	}
	for i := range d {
		for j := range i {
			y[j*d+i] = y[i*d+j]
		}
	}
	return inverse
}
