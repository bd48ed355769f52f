package bounds

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"entrec/mvssl/special"
)

// VMF is a distribution of pairs on the unit sphere in D ≥ 2 dimensions: Z1 is uniform,
// and Z2 given z1 has the von Mises–Fisher density C_d(κ)·e^{κ·⟨z1,z2⟩}. Then Z2 is
// uniform too, and the pair is symmetric.
type VMF struct {
	D     int
	Kappa float64
}

// MutualInformation returns I(Z1; Z2) in nats, known in closed form:
//
//	H(Z2) − H(Z2|Z1) = log area + log C_d(κ) + κ·A_d(κ)
func (p VMF) MutualInformation() float64 {
	return p.Entropy() + special.LogVMFNormalizer(p.D, p.Kappa) + p.Kappa*special.MeanResultantLength(p.D, p.Kappa)
}

// Entropy returns H(Z2), the log of the sphere's area, in nats.
func (p VMF) Entropy() float64 { return -special.LogVMFNormalizer(p.D, 0) }

// ERTrueEntropy returns H(Z2) + E[log q(Z2|Z1)] in nats with q a von Mises–Fisher density
// of concentration κ, in closed form: the ER bound with nothing estimated. At κ = p.Kappa
// it is the mutual information.
func (p VMF) ERTrueEntropy(kappa float64) float64 {
	return p.Entropy() + special.LogVMFNormalizer(p.D, kappa) + kappa*special.MeanResultantLength(p.D, p.Kappa)
}

// Sample draws k pairs.
func (p VMF) Sample(rng *rand.Rand, k int) (z1, z2 [][]float64) {
	cosine := p.cosines(rng)
	for range k {
		mean := direction(rng, p.D)
		t := cosine()
		// z2 = t·z1 + √(1−t²)·u, u a uniform direction at right angles to z1.
		u := direction(rng, p.D)
		along := dot(u, mean)
		for i := range u {
			u[i] -= along * mean[i]
		}
		s := math.Sqrt(1-t*t) / math.Sqrt(dot(u, u))
		for i := range u {
			u[i] = t*mean[i] + s*u[i]
		}
		z1, z2 = append(z1, mean), append(z2, u)
	}
	return z1, z2
}

// cosines returns a sampler of ⟨z1,z2⟩, whose density is proportional to
// e^{κt}·(1−t²)^{(d−3)/2}, by Wood's rejection (1994), algorithm VM*.
func (p VMF) cosines(rng *rand.Rand) func() float64 {
	m := float64(p.D - 1)
	b := m / (2*p.Kappa + math.Sqrt(4*p.Kappa*p.Kappa+m*m))
	x := (1 - b) / (1 + b)
	c := p.Kappa*x + m*math.Log(1-x*x)
	beta := distuv.Beta{Alpha: m / 2, Beta: m / 2, Src: rng}
	return func() float64 {
		for {
			z := beta.Rand()
			t := (1 - (1+b)*z) / (1 - (1-b)*z)
			if p.Kappa*t+m*math.Log(1-x*t)-c >= math.Log(rng.Float64()) {
				return t
			}
		}
	}
}

// direction returns a uniform point on the sphere.
func direction(rng *rand.Rand, d int) []float64 {
	z := make([]float64, d)
	for i := range z {
		z[i] = rng.NormFloat64()
	}
	return unit(z)
}

func unit(z []float64) []float64 {
	norm := math.Sqrt(dot(z, z))
	for i := range z {
		z[i] /= norm
	}
	return z
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
