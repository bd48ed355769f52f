package objective

import (
	"math"

	"entrec/autograd"
)

// nearestEps is added to distances, as in facebookresearch/dinov2 loss/koleo_loss.py.
const nearestEps = 1e-8

// EntropyNearest returns the nearest-neighbor estimate of the entropy, in nats, of the
// density on a surface of m dimensions from which the rows of z (k, d) are drawn: m = d in
// the plane, d − 1 on the sphere, which is flat as far as the nearest row. With ρ_i the
// distance of row i from it,
//
//	m·mean_i log(ρ_i + 1e-8) + log(k−1) + γ + log V_m,  V_m = π^{m/2}/Γ(m/2+1)
//
// Kozachenko and Leonenko (1987). Rows that are equal have no density, and each adds m·log 1e-8
// times its share: the more there are, the farther below. Its gradient is −m times that of [KoLeo], and it panics
// as that does.
func EntropyNearest[T Float](z *autograd.Var[T], m int) *autograd.Var[T] {
	spread := KoLeo(z, nearestEps)
	gamma, _ := math.Lgamma(float64(m)/2 + 1)
	volume := float64(m)/2*math.Log(math.Pi) - gamma
	return autograd.AddScalar(autograd.Scale(spread, -float64(m)), math.Log(float64(z.Value.Dim(0)-1))+eulerGamma+volume)
}

// eulerGamma is −ψ(1).
const eulerGamma = 0.57721566490153286
