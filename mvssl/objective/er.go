package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// ReconstructionSphere returns the reconstruction error of unit rows z2 from unit
// rows z1 (k, d), in nats: mean_i( −κ·⟨z1_i, z2_i⟩ − log C_d(κ) ), the negative mean
// log-density of one view under a von Mises–Fisher distribution around the other.
// apple/ml-entropy-reconstruction entropy_reconstruction.py, reconstruction(). It
// panics with a *tensor.ShapeError unless both are equal matrices with at least
// one row and two columns.
func ReconstructionSphere[T Float](z1, z2 *autograd.Var[T], kappa float64, normalizer Normalizer) *autograd.Var[T] {
	r, _ := reconstructionSphere(z1, z2, kappa, normalizer)
	return r
}

// reconstructionSphere also returns the value as it was before it was rounded to T.
func reconstructionSphere[T Float](z1, z2 *autograd.Var[T], kappa float64, normalizer Normalizer) (*autograd.Var[T], float64) {
	check("objective.ReconstructionSphere", 1, z1, z2)
	a, b := tensor.Contiguous(z1.Value).Data(), tensor.Contiguous(z2.Value).Data()
	k := float64(z1.Value.Dim(0))
	r := -kappa*dot(a, b)/k - normalizer.logC(z1.Value.Dim(1), kappa)
	return autograd.Function(tensor.Scalar(T(r)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		slope := T(-kappa * float64(g.Item()) / k)
		for i, other := range [][]T{b, a} {
			if dst[i] != nil {
				simd.Scale(dst[i].Data(), other, slope)
			}
		}
	}, z1, z2), r
}

// ERConfig sets [ER].
type ERConfig struct {
	EntropyConfig
	EntropyWeight float64 // 1 is the bound
}

// ERParts is the ER objective and what it consists of.
type ERParts[T Float] struct {
	Loss           *autograd.Var[T] // reconstruction error − weight·entropy, to be minimized
	Entropy        *autograd.Var[T]
	Reconstruction *autograd.Var[T] // the error
}

// ER returns the objective of SimCLR-ER for the unit rows z1, z2 (k, d) of two
// views: minus the bound I(Z1; Z2) ≥ H(Z2) + E[log q(Z2|Z1)] (the paper, section
// 2), symmetrized: the entropy is the mean over the views, and the von Mises–Fisher
// reconstruction is symmetric already. It panics as its parts do.
func ER[T Float](z1, z2 *autograd.Var[T], cfg ERConfig) ERParts[T] {
	h1, value1 := entropySphere(z1, cfg.EntropyConfig)
	h2, value2 := entropySphere(z2, cfg.EntropyConfig)
	r, error := reconstructionSphere(z1, z2, cfg.Kappa, cfg.Normalizer)
	h := autograd.Scale(autograd.Add(h1, h2), 0.5)
	// The normalizers, hundreds of nats in high dimensions, cancel here, so the
	// difference is taken before rounding.
	loss := tensor.Scalar(T(error - cfg.EntropyWeight*(value1+value2)/2))
	return ERParts[T]{Entropy: h, Reconstruction: r,
		Loss: autograd.Function(loss, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
			for i, weight := range []float64{1, -cfg.EntropyWeight} {
				if dst[i] != nil {
					dst[i].Data()[0] = g.Item() * T(weight)
				}
			}
		}, r, h)}
}
