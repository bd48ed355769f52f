package naive

import (
	"math"

	"entrec/reference/portable"
)

// SelfTerm says whether a point is its own neighbor in a kernel density estimate.
type SelfTerm string

// The choices, as the attribute self names them.
const (
	IncludeSelf SelfTerm = "include"
	ExcludeSelf SelfTerm = "exclude" // leave one out
)

// LogDensities returns the kernel density estimate at each of the unit rows z (k, d),
// from all of them, with a von Mises–Fisher kernel of concentration κ:
//
//	log p_i = log Σ_j e^{κ·⟨z_i,z_j⟩} + log C_d(κ) − log k
//
// logC is log C_d(κ), the logarithm of the kernel's normalizer. [ExcludeSelf] leaves
// j = i out and has log(k−1) in place of log k.
func LogDensities(z [][]float64, kappa, logC float64, self SelfTerm) []float64 {
	logp := make([]float64, len(z))
	for i := range z {
		s := similarities(z, i, kappa, self)
		logp[i] = logSumExp(s) + logC - portable.Log(float64(len(s)))
	}
	return logp
}

// EntropyAverage returns −mean log p_i (Joe, 1989).
func EntropyAverage(logp []float64) float64 {
	return -portable.Total(logp) / float64(len(logp))
}

// EntropyExpectation returns Σ w_i·(−log p_i) with w = softmax(log p), the plug-in
// estimate.
func EntropyExpectation(logp []float64) float64 {
	return -portable.Dot(softmax(logp), logp)
}

// EntropyAverageGrad returns −ct/k for each log p_i.
func EntropyAverageGrad(logp []float64, ct float64) []float64 {
	return mapped(logp, func(float64) float64 { return -ct / float64(len(logp)) })
}

// EntropyExpectationGrad returns −ct·w_i·(1 + log p_i + H), H the entropy. It is the
// gradient through the weights too.
func EntropyExpectationGrad(logp []float64, ct float64) []float64 {
	g, entropy := softmax(logp), EntropyExpectation(logp)
	for i := range g {
		g[i] *= -ct * (1 + (logp[i] + entropy))
	}
	return g
}

// LogDensitiesGrad returns κ·(G + Gᵀ)·z with G_ij = ct_i·softmax_j(κ·⟨z_i,z_j⟩): each
// row is both a point and a neighbor of others.
func LogDensitiesGrad(z [][]float64, kappa float64, self SelfTerm, ct []float64) [][]float64 {
	g := newRows(len(z), len(z))
	for i := range z {
		for n, p := range softmax(similarities(z, i, kappa, self)) {
			j := n
			if self == ExcludeSelf && n >= i {
				j = n + 1
			}
			v := float64(kappa * float64(ct[i]*p))
			g[i][j] += v
			g[j][i] += v
		}
	}
	return MatMul(g, z)
}

// similarities returns κ·⟨z_i,z_j⟩ for all j, or all but i.
func similarities(z [][]float64, i int, kappa float64, self SelfTerm) []float64 {
	var s []float64
	for j := range z {
		if self == ExcludeSelf && j == i {
			continue
		}
		s = append(s, kappa*portable.Dot(z[i], z[j]))
	}
	return s
}

// ReconstructionSphere returns mean_i( −κ·⟨z1_i,z2_i⟩ − log C_d(κ) ) of z1, z2 (k, d),
// with logC = log C_d(κ). It is an error, to be minimized.
func ReconstructionSphere(z1, z2 [][]float64, kappa, logC float64) float64 {
	var s portable.Sum
	for i := range z1 {
		s.Add(portable.Dot(z1[i], z2[i]))
	}
	return -float64(kappa*(s.Value()/float64(len(z1)))) - logC
}

// ReconstructionSphereGrad returns −ct·κ·z2/k and −ct·κ·z1/k.
func ReconstructionSphereGrad(z1, z2 [][]float64, kappa, ct float64) (g1, g2 [][]float64) {
	by := -ct * kappa / float64(len(z1))
	scale := func(row []float64) []float64 { return scaled(row, by) }
	return byRow(z2, scale), byRow(z1, scale)
}

// logNormalizer returns log C_d(κ): the exact one, or that of the official file, which has
// log(I + 10⁻⁷) for the log I in log C_d(κ) = (d/2−1)·log κ − (d/2)·log 2π − log I_{d/2−1}(κ).
func logNormalizer(normalizer string, d int, kappa float64) float64 {
	logC := newVonMisesFisher(d, kappa).logNormalizer()
	if normalizer == "exact" {
		return logC
	}
	half := float64(float64(d) / 2)
	rest := portable.Dot([]float64{half - 1, -half}, []float64{portable.Log(kappa), portable.Log(2 * math.Pi)})
	return rest - logSumExp([]float64{rest - logC, portable.Log(1e-7)})
}
