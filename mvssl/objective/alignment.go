package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// Alignment returns mean_i ‖z1_i − z2_i‖₂^alpha of projections (k, d), unit rows as
// a rule: how close the views of a sample lie (Wang and Isola, 2020, equation 6;
// ssnl/align_uniform __init__.py, align_loss). Where two rows are equal, their
// gradient is 0: PyTorch's for alpha ≥ 1; below, where there is none, that gives NaN.
// It panics with a *tensor.ShapeError unless both are equal matrices with at least
// one row.
func Alignment[T Float](z1, z2 *autograd.Var[T], alpha float64) *autograd.Var[T] {
	check("objective.Alignment", 1, z1, z2)
	a, b := tensor.Contiguous(z1.Value).Data(), tensor.Contiguous(z2.Value).Data()
	k, d := z1.Value.Dim(0), z1.Value.Dim(1)
	squares, losses := make([]float64, k), make([]float64, k)
	for i := range a {
		diff := float64(a[i]) - float64(b[i])
		squares[i/d] += diff * diff
	}
	for i, s := range squares {
		losses[i] = math.Pow(s, alpha/2)
	}
	return autograd.Function(tensor.Scalar(T(sum(losses)/float64(k))), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i := range a {
			slope := alpha * float64(g.Item()) / float64(k) * math.Pow(squares[i/d], alpha/2-1)
			if squares[i/d] == 0 {
				slope = 0
			}
			v := slope * (float64(a[i]) - float64(b[i]))
			if dst[0] != nil {
				dst[0].Data()[i] = T(v)
			}
			if dst[1] != nil {
				dst[1].Data()[i] = T(-v)
			}
		}
	}, z1, z2)
}
