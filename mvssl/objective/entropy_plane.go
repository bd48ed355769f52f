package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// EntropyPlane returns the kernel density estimate of the entropy, in nats, of the
// density in the plane from which projections z (k, d) are drawn, with Gaussian kernels of
// variance 1/κ in each coordinate:
//
//	−mean_i log p_i,  log p_i = log Σ_j e^{−κ/2·‖z_i−z_j‖²} + d/2·log(κ/2π) − log k
//
// (Joe, 1989). With Self = Exclude the sums leave out j = i, and log(k−1) takes the place
// of log k. Distances are taken in float64; none is stored. It panics with a
// *tensor.ShapeError unless z is a matrix with a row, or two with Exclude.
func EntropyPlane[T Float](z *autograd.Var[T], kappa float64, self Self) *autograd.Var[T] {
	least := 1
	if self == Exclude {
		least = 2
	}
	check("objective.EntropyPlane", least, z)
	k, d := z.Value.Dim(0), z.Value.Dim(1)
	x := tensor.Contiguous(z.Value).Data()
	row := func(i int) []T { return x[i*d : (i+1)*d] }
	logs := make([]float64, k)
	blocks(k, func(lo, hi int) {
		scores := make([]float64, k)
		for i := lo; i < hi; i++ {
			for j := range k {
				scores[j] = -kappa / 2 * squaredDistance(row(i), row(j))
			}
			if self == Exclude {
				scores[i] = math.Inf(-1)
			}
			logs[i] = simd.LogSumExp(scores)
		}
	})
	entropy := math.Log(float64(k-least+1)) - logGaussian(d, kappa) - sum(logs)/float64(k)
	return autograd.Function(tensor.Scalar(T(entropy)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		slope := kappa * float64(g.Item()) / float64(k)
		blocks(k, func(lo, hi int) {
			total := make([]float64, d)
			for i := lo; i < hi; i++ {
				clear(total)
				for j := range k {
					if j == i {
						continue
					}
					// The share of each in the other's sum.
					s := -kappa / 2 * squaredDistance(row(i), row(j))
					shares := slope * (math.Exp(s-logs[i]) + math.Exp(s-logs[j]))
					for l, v := range row(j) {
						total[l] += shares * (float64(x[i*d+l]) - float64(v))
					}
				}
				for l, v := range total {
					dst[0].Data()[i*d+l] = T(v)
				}
			}
		})
	}, z)
}

// ReconstructionPlane returns the reconstruction error of projections z2 from z1 (k, d), in
// nats: mean_i( κ/2·‖z1_i − z2_i‖² − d/2·log(κ/2π) ), the negative mean log-density of one
// view under a Gaussian of variance 1/κ around the other. It panics with a
// *tensor.ShapeError unless both are equal matrices with at least one row.
func ReconstructionPlane[T Float](z1, z2 *autograd.Var[T], kappa float64) *autograd.Var[T] {
	return autograd.AddScalar(autograd.Scale(Alignment(z1, z2, 2), kappa/2), -logGaussian(z1.Value.Dim(1), kappa))
}

// logGaussian returns log(κ/2π)·d/2, the log-density of a Gaussian of variance 1/κ at its
// mean.
func logGaussian(d int, kappa float64) float64 {
	return float64(d) / 2 * math.Log(kappa/(2*math.Pi))
}
