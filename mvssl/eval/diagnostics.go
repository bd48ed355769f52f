package eval

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// DiagnosticsConfig sets the density with which entropy and reconstruction are
// estimated.
type DiagnosticsConfig struct {
	Kappa float64        `json:"kappa"`   // of the von Mises–Fisher kernel and of q
	Self  objective.Self `json:"er_self"` // of the kernel density estimate
}

// Diagnostics describe projections z1, z2 of two views. Informations are in nats.
type Diagnostics struct {
	// Entropy is the kernel density estimate of H(Z), the mean over the two views
	// (Joe, 1989), with the exact normalizer of the von Mises–Fisher kernel. It is a
	// differential entropy: on a sphere of dimension 127 it is negative.
	Entropy float64 `json:"entropy"`
	// EntropyKNN is the nearest-neighbor estimate of the same entropy, and EntropyLogDet
	// an upper bound by the first two moments; the mean over the two views: see the
	// functions of these names. Neither has a kernel's width. Nil where they say nothing.
	EntropyKNN    *float64 `json:"entropy_knn"`
	EntropyLogDet *float64 `json:"entropy_logdet"`
	// Reconstruction is E[log q(Z2|Z1)] with q von Mises–Fisher around Z1: the
	// larger, the better one view tells the other.
	Reconstruction float64 `json:"reconstruction"`
	// MIER is their sum, the ER bound on I(Z1; Z2) (the paper's section 2).
	MIER float64 `json:"mi_er"`
	// MIInfoNCE is the InfoNCE bound, log k − InfoNCE at temperature 1/Kappa, the
	// mean over both directions; never above log k.
	MIInfoNCE float64 `json:"mi_infonce"`
	// Alignment is the mean squared distance of the two views, in 0…4, and
	// Uniformity the log mean over pairs of e^{−2·distance²}, in −4…0, the mean over
	// the views: Wang and Isola (2020), lower is better for both.
	Alignment  float64 `json:"alignment"`
	Uniformity float64 `json:"uniformity"`
	// EffectiveRank is RankMe (Garrido et al., 2023): e to the entropy of the
	// normalized singular values of the projections of the first view, between 1 and
	// their dimension.
	EffectiveRank float64 `json:"effective_rank"`
	// Spectrum holds the eigenvalues of the covariance of the projections of the first
	// view, the largest first: see the function.
	Spectrum []float64 `json:"spectrum"`
}

// Diagnose returns the diagnostics of unit rows z1, z2 (k, d), computed in
// float64.
func Diagnose[T tensor.Float](z1, z2 *tensor.Tensor[T], cfg DiagnosticsConfig) Diagnostics {
	tape := autograd.NewFrozenTape[float64]()
	a := tape.Constant(unitRows(tensor.Convert[float64](z1)))
	b := tape.Constant(unitRows(tensor.Convert[float64](z2)))
	mean := func(x, y *autograd.Var[float64]) float64 { return (x.Value.Item() + y.Value.Item()) / 2 }
	entropy := objective.EntropyConfig{Kappa: cfg.Kappa, Self: cfg.Self}
	d := Diagnostics{
		Entropy:        mean(objective.EntropySphere(a, entropy), objective.EntropySphere(b, entropy)),
		Reconstruction: -objective.ReconstructionSphere(a, b, cfg.Kappa, objective.Exact).Value.Item(),
		MIInfoNCE: math.Log(float64(z1.Dim(0))) -
			mean(objective.InfoNCE(a, b, 1/cfg.Kappa), objective.InfoNCE(b, a, 1/cfg.Kappa)),
		Alignment:     objective.Alignment(a, b, 2).Value.Item(),
		Uniformity:    mean(objective.Uniformity(a, 2), objective.Uniformity(b, 2)),
		EntropyKNN:    meanOf(EntropyKNN, a.Value, b.Value),
		EntropyLogDet: meanOf(EntropyLogDet, a.Value, b.Value),
		EffectiveRank: EffectiveRank(a.Value),
		Spectrum:      Spectrum(a.Value),
	}
	d.MIER = d.Entropy + d.Reconstruction
	return d
}

// meanOf returns the mean of an estimate over the two views, nil where it says nothing.
func meanOf(estimate func(*tensor.Tensor[float64]) (float64, bool), z1, z2 *tensor.Tensor[float64]) *float64 {
	x, ok1 := estimate(z1)
	y, ok2 := estimate(z2)
	if !ok1 || !ok2 {
		return nil
	}
	mean := (x + y) / 2
	return &mean
}
