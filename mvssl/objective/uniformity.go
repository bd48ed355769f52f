package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// Uniformity returns log mean_{i<j} e^{−t·‖z_i − z_j‖²} of unit rows z (k, d): how
// evenly they cover the sphere, lower being more even (Wang and Isola, 2020,
// equation 7; ssnl/align_uniform __init__.py, uniform_loss). It streams. It panics
// with a *tensor.ShapeError for fewer than two rows.
//
// −t·‖z_i − z_j‖² is worked out as 2t·(⟨z_i,z_j⟩ − ½‖z_j‖²) − t·‖z_i‖², after the mean
// row has been taken from all, which moves no distance but keeps close rows from
// canceling. With p_ij the share of a pair in the sum over ordered pairs, the
// gradient is 4t·Σ_j p_ij·(z_j − z_i).
func Uniformity[T Float](z *autograd.Var[T], t float64) *autograd.Var[T] {
	check("objective.Uniformity", 2, z)
	k, d := z.Value.Dim(0), z.Value.Dim(1)
	all := newColumns(z.Value)
	one := make([]float64, d)
	for j := range one {
		one[j] = 1
	}
	x := all.scaled(one).Data()
	half := make([]float64, k)
	for i := range half {
		half[i] = dot(x[i*d:(i+1)*d], x[i*d:(i+1)*d]) / 2
	}
	s := &similarities[T]{scale: 2 * t, d: d, half: half, skipSelf: true}
	rows := s.logSums(x, x) // log Σ_j e^{−t·‖x_i − x_j‖²} + t·‖x_i‖²
	sums := make([]float64, k)
	for i, l := range rows {
		sums[i] = l - 2*t*half[i]
	}
	total := simd.LogSumExp(sums)
	value := T(total - math.Log(float64(k)*float64(k-1)))
	return autograd.Function(tensor.Scalar(value), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		share := make([]float64, k)
		for i, l := range sums {
			share[i] = 2 * float64(g.Item()) * math.Exp(l-total)
		}
		dx := dst[0].Data()
		s.weighted(dx, x, x, &weights{share, rows}, nil)
		for i, w := range share {
			simd.Axpy(dx[i*d:(i+1)*d], T(-2*t*w), x[i*d:(i+1)*d])
		}
	}, z)
}
