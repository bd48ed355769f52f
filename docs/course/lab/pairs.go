package main

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/mvssl/special"
	"entrec/tensor"
)

// pair is a distribution of pairs on the unit sphere in d dimensions: z1 is uniform, and z2
// has the von Mises–Fisher density C_d(κ)·e^{κ·⟨z1,z2⟩}.
type pair struct {
	d     int
	kappa float64
}

// entropy returns H(Z2): z2 is uniform too, so it is the log of the sphere's area.
func (p pair) entropy() float64 { return -special.LogVMFNormalizer(p.d, 0) }

// information returns I(Z1; Z2) = H(Z2) + log C_d(κ) + κ·A_d(κ), in nats.
func (p pair) information() float64 { return p.bound(p.kappa) }

// bound returns H(Z2) + E[log q(Z2|Z1)] where q believes in a concentration: the mean of
// ⟨z1,z2⟩ is A_d(κ) of the true κ.
func (p pair) bound(believed float64) float64 {
	return p.entropy() + special.LogVMFNormalizer(p.d, believed) + believed*special.MeanResultantLength(p.d, p.kappa)
}

// sample draws k pairs.
func (p pair) sample(rng *rand.Rand, k int) (z1, z2 [][]float64) {
	cosine := p.cosines(rng)
	for range k {
		a := direction(rng, p.d)
		z1, z2 = append(z1, a), append(z2, beside(rng, a, cosine()))
	}
	return z1, z2
}

// beside returns t·a + √(1−t²)·u with u of length 1, at right angles to a and uniform.
func beside(rng *rand.Rand, a []float64, t float64) []float64 {
	u := direction(rng, len(a))
	along := dot(u, a)
	for i := range u {
		u[i] -= along * a[i]
	}
	s := math.Sqrt(1-t*t) / math.Sqrt(dot(u, u))
	for i := range u {
		u[i] = t*a[i] + s*u[i]
	}
	return u
}

// cosines returns a sampler of ⟨z1,z2⟩, by Wood's rejection (1994), algorithm VM*.
func (p pair) cosines(rng *rand.Rand) func() float64 {
	m := float64(p.d - 1)
	b := m / (2*p.kappa + math.Sqrt(4*p.kappa*p.kappa+m*m))
	x := (1 - b) / (1 + b)
	c := p.kappa*x + m*math.Log(1-x*x)
	beta := distuv.Beta{Alpha: m / 2, Beta: m / 2, Src: rng}
	return func() float64 {
		for {
			z := beta.Rand()
			t := (1 - (1+b)*z) / (1 - (1-b)*z)
			if p.kappa*t+m*math.Log(1-x*t)-c >= math.Log(rng.Float64()) {
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
	length := math.Sqrt(dot(z, z))
	for i := range z {
		z[i] /= length
	}
	return z
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// toldOf returns log k − InfoNCE, by the engine's objective.
func toldOf(z1, z2 [][]float64, kappa float64) float64 {
	tape := autograd.NewTape[float64]()
	return math.Log(float64(len(z1))) - objective.InfoNCE(rows(tape, z1), rows(tape, z2), 1/kappa).Value.Item()
}

// erOf returns entropy and reconstruction, by the engine's objectives.
func erOf(z1, z2 [][]float64, kappa float64, self objective.Self) float64 {
	tape := autograd.NewTape[float64]()
	a, b := rows(tape, z1), rows(tape, z2)
	entropy := objective.EntropySphere(b, objective.EntropyConfig{Kappa: kappa, Self: self})
	return entropy.Value.Item() - objective.ReconstructionSphere(a, b, kappa, objective.Exact).Value.Item()
}

func rows(tape *autograd.Tape[float64], z [][]float64) *autograd.Var[float64] {
	var data []float64
	for _, row := range z {
		data = append(data, row...)
	}
	return tape.Constant(tensor.FromSlice(data, len(z), len(z[0])))
}

// batches returns the mean of an estimate over n batches of k pairs, and its standard
// error.
func (p pair) batches(n, k int, estimate func(z1, z2 [][]float64) float64) (mean, deviation float64) {
	rng := rand.New(rand.NewPCG(1, uint64(k)))
	values := make([]float64, n)
	for i := range values {
		values[i] = estimate(p.sample(rng, k))
		mean += values[i] / float64(n)
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(n*(n-1))
	}
	return mean, math.Sqrt(deviation)
}
