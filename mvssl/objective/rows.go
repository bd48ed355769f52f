package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// normalizeEps is the smallest norm that rows are divided by, PyTorch's default.
const normalizeEps = 1e-12

// rowDots returns ⟨a_i, b_i⟩ for each row: (k).
func rowDots[T Float](a, b *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Sum(autograd.Mul(a, b), false, 1)
}

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

func exp[T Float](x T) T { return T(math.Exp(float64(x))) }
func log[T Float](x T) T { return T(math.Log(float64(x))) }
