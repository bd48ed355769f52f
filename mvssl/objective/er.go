package objective

import (
	"math"

	"entrec/autograd"
	"entrec/reference/special"
	"entrec/tensor"
)

// EntropyConfig sets the kernel density estimate of the entropy on the sphere. Its
// zero value but for Kappa is what the paper's official file means, with the exact
// normaliser and the average.
type EntropyConfig struct {
	Kappa      float64 // concentration of the von Mises–Fisher kernel
	Reduction  Reduction
	Normalizer Normalizer
	Self       Self
}

// EntropySphere returns an estimate of the differential entropy, in nats, of the
// density on the unit sphere from which the unit rows z (k, d) are drawn: with
// S = κ·z·zᵀ,
//
//	log p_i = log Σ_j e^{S_ij} + log C_d(κ) − log k
//
// Average: −mean log p_i (Joe, 1989). Expectation: Σ w_i·(−log p_i) with
// w = softmax(log p), through which gradients flow too. With Self = Exclude the
// sums leave out j = i, and log(k−1) takes the place of log k; that needs k ≥ 2.
// apple/ml-entropy-reconstruction entropy_reconstruction.py, entropy().
//
// It panics with a *tensor.ShapeError where the shape does not fit, also for
// d = 1, where there is no density.
func EntropySphere[T Float](z *autograd.Var[T], cfg EntropyConfig) *autograd.Var[T] {
	least := 1
	if cfg.Self == Exclude {
		least = 2
	}
	check("objective.EntropySphere", least, z)
	k := z.Value.Dim(0) - (least - 1)
	logp := autograd.AddScalar(rowLogSumExp(z, z, cfg.Kappa, cfg.Self == Exclude),
		cfg.Normalizer.logC(z.Value.Dim(1), cfg.Kappa)-math.Log(float64(k)))
	if cfg.Reduction == Average {
		return autograd.Scale(autograd.Mean(logp, false), -1)
	}
	return autograd.Scale(autograd.Sum(autograd.Mul(autograd.Softmax(logp), logp), false), -1)
}

// ReconstructionSphere returns the reconstruction error of unit rows z2 from unit
// rows z1 (k, d), in nats: mean_i( −κ·⟨z1_i, z2_i⟩ − log C_d(κ) ), the negative mean
// log-density of one view under a von Mises–Fisher distribution around the other.
// apple/ml-entropy-reconstruction entropy_reconstruction.py, reconstruction().
func ReconstructionSphere[T Float](z1, z2 *autograd.Var[T], kappa float64, normalizer Normalizer) *autograd.Var[T] {
	check("objective.ReconstructionSphere", 1, z1, z2)
	return autograd.AddScalar(autograd.Scale(autograd.Mean(rowDots(z1, z2), false), -kappa),
		-normalizer.logC(z1.Value.Dim(1), kappa))
}

// ERConfig sets [ER].
type ERConfig struct {
	EntropyConfig
	EntropyWeight float64 // 1 is the bound
}

// ERParts is the ER objective and what it consists of.
type ERParts[T Float] struct {
	Loss           *autograd.Var[T] // reconstruction error − weight·entropy, to be minimised
	Entropy        *autograd.Var[T]
	Reconstruction *autograd.Var[T] // the error
}

// ER returns the objective of SimCLR-ER for the unit rows z1, z2 (k, d) of two
// views: minus the bound I(Z1; Z2) ≥ H(Z2) + E[log q(Z2|Z1)] (the paper, section
// 2), symmetrised: the entropy is the mean over the views, and the von Mises–Fisher
// reconstruction is symmetric already.
func ER[T Float](z1, z2 *autograd.Var[T], cfg ERConfig) ERParts[T] {
	p := ERParts[T]{
		Entropy: autograd.Scale(autograd.Add(
			EntropySphere(z1, cfg.EntropyConfig), EntropySphere(z2, cfg.EntropyConfig)), 0.5),
		Reconstruction: ReconstructionSphere(z1, z2, cfg.Kappa, cfg.Normalizer),
	}
	p.Loss = autograd.Sub(p.Reconstruction, autograd.Scale(p.Entropy, cfg.EntropyWeight))
	return p
}

// logC returns the normaliser's log C_d(κ).
func (n Normalizer) logC(d int, kappa float64) float64 {
	if d < 2 {
		tensor.Refuse("objective", "a sphere needs d of at least 2", []int{d})
	}
	if n == Official {
		return special.LogVMFNormalizerOfficial(d, kappa)
	}
	return special.LogVMFNormalizer(d, kappa)
}
