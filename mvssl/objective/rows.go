package objective

import (
	"slices"

	"entrec/autograd"
	"entrec/tensor"
)

// normalizeEps is the smallest norm that rows are divided by, PyTorch's default.
const normalizeEps = 1e-12

// check panics with a *tensor.ShapeError unless z1 and z2 are equal matrices with
// at least min rows.
func check[T Float](op string, min int, zs ...*autograd.Var[T]) {
	for _, z := range zs {
		if z.Value.Rank() != 2 || z.Value.Dim(0) < min || z.Value.Dim(1) < 1 {
			tensor.Refuse(op, "matrices (k, d) with enough rows are needed", z.Shape())
		}
		if z.Value.Dim(0) != zs[0].Value.Dim(0) || z.Value.Dim(1) != zs[0].Value.Dim(1) {
			tensor.Refuse(op, "equal shapes are needed", zs[0].Shape(), z.Shape())
		}
	}
}

// checkConstant panics with a *tensor.ShapeError unless x and the constant are
// equal matrices with at least one row.
func checkConstant[T Float](op string, x *autograd.Var[T], constant *tensor.Tensor[T]) {
	checkMatrix(op, constant)
	if !slices.Equal(x.Shape(), constant.Shape()) {
		tensor.Refuse(op, "equal shapes are needed", x.Shape(), constant.Shape())
	}
}

// checkMatrix panics with a *tensor.ShapeError unless x is a matrix with rows and
// columns.
func checkMatrix[T Float](op string, x *tensor.Tensor[T]) {
	if x.Rank() != 2 || x.Len() == 0 {
		tensor.Refuse(op, "a matrix with rows and columns is needed", x.Shape())
	}
}
