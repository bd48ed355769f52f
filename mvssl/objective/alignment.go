package objective

import (
	"math"

	"entrec/autograd"
)

// Alignment returns mean_i ‖z1_i − z2_i‖₂^alpha of projections (k, d), unit rows as a
// rule: how close the views of a sample lie (Wang and Isola, 2020, equation 6;
// ssnl/align_uniform __init__.py, align_loss). Where two rows are equal, the
// gradient is 0 for alpha ≥ 2.
func Alignment[T Float](z1, z2 *autograd.Var[T], alpha float64) *autograd.Var[T] {
	check("objective.Alignment", 1, z1, z2)
	diff := autograd.Sub(z1, z2)
	return autograd.Mean(autograd.Pow(rowDots(diff, diff), alpha/2), false)
}

// Uniformity returns log mean_{i<j} e^{−t·‖z_i − z_j‖²} of unit rows z (k, d): how
// evenly they cover the sphere, lower being more even (Wang and Isola, 2020,
// equation 7; ssnl/align_uniform __init__.py, uniform_loss). It uses
// ‖z_i − z_j‖² = 2 − 2·⟨z_i, z_j⟩, and streams. It panics with a *tensor.ShapeError
// for fewer than two rows.
func Uniformity[T Float](z *autograd.Var[T], t float64) *autograd.Var[T] {
	check("objective.Uniformity", 2, z)
	k := float64(z.Value.Dim(0))
	// Each pair stands twice among the ordered pairs, which leaves the mean as it is.
	all := autograd.LogSumExp(rowLogSumExp(z, z, 2*t, true))
	return autograd.AddScalar(all, -2*t-math.Log(k*(k-1)))
}
