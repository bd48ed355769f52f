package main

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/eval"
	"entrec/mvssl/objective"
	"entrec/mvssl/special"
	"entrec/tensor"
)

// cloud is a density on the unit sphere whose entropy is known.
type cloud struct {
	name    string
	entropy float64 // in nats
	draw    func(rng *rand.Rand, k int) [][]float64
}

// clouds returns three in d dimensions: the uniform density, one bell, and 2d narrow bells,
// on both sides of each axis, which hardly overlap: a point tells its bell, so that their
// entropy is log 2d and that of one.
func clouds(d int) []cloud {
	const wide, narrow = 20, 200
	of := func(kappa float64) float64 { // the entropy of a bell, −log C_d(κ) − κ·A_d(κ)
		return -special.LogVMFNormalizer(d, kappa) - kappa*special.MeanResultantLength(d, kappa)
	}
	var axes [][]float64
	for i := range 2 * d {
		axis := make([]float64, d)
		axis[i/2] = float64(1 - i%2*2)
		axes = append(axes, axis)
	}
	return []cloud{
		{"uniform", -special.LogVMFNormalizer(d, 0), func(rng *rand.Rand, k int) (z [][]float64) {
			for range k {
				z = append(z, direction(rng, d))
			}
			return z
		}},
		{"a bell", of(wide), bells(d, wide, axes[0])},
		{"heaps", math.Log(float64(2*d)) + of(narrow), bells(d, narrow, axes...)},
	}
}

// bells returns a sampler of bells around centers, each as likely.
func bells(d int, kappa float64, centers ...[]float64) func(rng *rand.Rand, k int) [][]float64 {
	return func(rng *rand.Rand, k int) (z [][]float64) {
		cosine := pair{d, kappa}.cosines(rng)
		for range k {
			z = append(z, beside(rng, centers[rng.IntN(len(centers))], cosine()))
		}
		return z
	}
}

// bellEntropy returns the estimate by bells of concentration κ.
func bellEntropy(z [][]float64, kappa float64, self objective.Self) float64 {
	return objective.EntropySphere(rows(autograd.NewTape[float64](), z), objective.EntropyConfig{Kappa: kappa, Self: self}).Value.Item()
}

// nearestEntropy returns the estimate by nearest neighbors.
func nearestEntropy(z [][]float64) float64 { return measured(z, eval.EntropyKNN) }

// gaussianEntropy returns the bound by mean and covariance.
func gaussianEntropy(z [][]float64) float64 { return measured(z, eval.EntropyLogDet) }

func measured(z [][]float64, by func(*tensor.Tensor[float64]) (float64, bool)) float64 {
	h, _ := by(rows(autograd.NewTape[float64](), z).Value)
	return h
}

// mean returns the mean of an estimate over n draws of k points.
func (c cloud) mean(n, k int, estimate func(z [][]float64) float64) (mean float64) {
	rng := rand.New(rand.NewPCG(6, uint64(k)))
	for range n {
		mean += estimate(c.draw(rng, k)) / float64(n)
	}
	return mean
}
