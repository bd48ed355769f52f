package objective

import (
	"math"

	"entrec/simd"
	"entrec/tensor"
)

// logDet is log det(base + scale·XᵀX/k + eps·I) of rows X (k, d), all in float64. Its
// gradient with respect to X is 2·scale/k·X·(…)⁻¹. value is NaN where the matrix is not
// positive definite.
type logDet struct {
	rows  *tensor.Tensor[float64] // X
	sum   *tensor.Tensor[float64] // base + scale·XᵀX/k
	scale float64
	value float64
	root  *tensor.Cholesky
}

// newLogDet takes rows, which it keeps, and a base (d, d), nil for zeros.
func newLogDet(rows, base *tensor.Tensor[float64], scale, eps float64) *logDet {
	k, d := rows.Dim(0), rows.Dim(1)
	l := &logDet{rows: rows, sum: tensor.New[float64](d, d), scale: scale / float64(k), value: math.NaN()}
	tensor.MatMulTo(l.sum, rows, rows, tensor.Trans, tensor.NoTrans)
	simd.Scale(l.sum.Data(), l.sum.Data(), l.scale)
	if base != nil {
		simd.Add(l.sum.Data(), l.sum.Data(), base.Data())
	}
	lifted := l.sum.Clone()
	for i := range d {
		lifted.Data()[i*d+i] += eps
	}
	if root, definite := tensor.NewCholesky(lifted); definite {
		l.root, l.value = root, root.LogDet()
	}
	return l
}

// gradient returns the gradient of weight·value with respect to the rows.
func (l *logDet) gradient(weight float64) []float64 {
	g := tensor.New[float64](l.rows.Shape()...)
	if l.root == nil {
		g.Fill(math.NaN())
		return g.Data()
	}
	tensor.MatMulTo(g, l.rows, l.root.Inverse(), tensor.NoTrans, tensor.NoTrans)
	simd.Scale(g.Data(), g.Data(), 2*l.scale*weight)
	return g.Data()
}

// centered returns the rows of x (k, d) less their mean, in float64. A gradient with
// respect to them that is a combination of them is that with respect to x.
func centered[T Float](x *tensor.Tensor[T]) *tensor.Tensor[float64] {
	y, mean := tensor.Convert[float64](tensor.Contiguous(x)), columnMeans(x)
	for i := range x.Dim(0) {
		row := y.Data()[i*len(mean) : (i+1)*len(mean)]
		simd.Axpy(row, -1, mean)
	}
	return y
}
