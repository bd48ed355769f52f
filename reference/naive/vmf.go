package naive

import "entrec/reference/special"

// VMFLogNormalizer returns, for each κ,
//
//	log C_d(κ) = (d/2−1)·log κ − (d/2)·log 2π − log I_{d/2−1}(κ)
func VMFLogNormalizer(kappa []float64, d int) []float64 {
	return mapped(kappa, func(k float64) float64 { return special.LogVMFNormalizer(d, k) })
}

// VMFLogNormalizerGrad returns −ct·A_d(κ), A_d = I_{d/2}/I_{d/2−1}.
func VMFLogNormalizerGrad(kappa []float64, d int, ct []float64) []float64 {
	g := make([]float64, len(kappa))
	for i, k := range kappa {
		g[i] = -ct[i] * special.MeanResultantLength(d, k)
	}
	return g
}
