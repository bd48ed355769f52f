package mi

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"entrec/mvssl/special"
)

// VMF returns pairs on the unit sphere in d ≥ 2 dimensions: X is uniform, and Y given x has
// the von Mises–Fisher density C_d(κ)·e^{κ·⟨x,y⟩}. Then Y is uniform too, the pair is
// symmetric, and with A_d(κ) the mean cosine
//
//	I = log area + log C_d(κ) + κ·A_d(κ)
func VMF(d int, kappa float64) Task {
	cosine := cosines(d, kappa)
	return Task{
		Name: fmt.Sprintf("vmf-%d-%g", d, kappa), Doc: fmt.Sprintf("on the sphere in %d dimensions, von Mises–Fisher around each other with κ %g", d, kappa), X: d, Y: d,
		On: Sphere, Entropy: known(-special.LogVMFNormalizer(d, 0)), Kappa: kappa,
		MI: VMFBound(d, kappa, kappa),
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			x = uniformDirection(rng, d)
			return x, around(rng, x, cosine(rng))
		}),
	}
}

// VMFBound returns ER of von Mises–Fisher pairs of concentration κ with nothing estimated:
// the entropy of Y plus E[log q(y|x)], of a q of another concentration. It is the mutual
// information where that is κ too, and less elsewhere.
func VMFBound(d int, kappa, of float64) float64 {
	return special.LogVMFNormalizer(d, of) - special.LogVMFNormalizer(d, 0) + of*special.MeanResultantLength(d, kappa)
}

// Poles returns a point of the sphere in d ≥ 2 dimensions and its label, of which there are
// two, as likely as each other: the point has a von Mises–Fisher density of concentration κ
// around one pole or the other. The label is written as two numbers, one of which is 1. With
// t the cosine with the first pole, the label's probability is 1/(1 + e^{−2κt}), and
//
//	I = log 2 − E[ h(1/(1 + e^{−2κt})) ],  h(p) = −p·log p − (1−p)·log(1−p)
//
// by quadrature over the angle.
func Poles(d int, kappa float64) Task {
	cosine := cosines(d, kappa)
	return Task{
		Name: fmt.Sprintf("poles-%d-%g", d, kappa), Doc: fmt.Sprintf("a point around one of two poles of the sphere in %d dimensions, κ %g, and which", d, kappa), X: d, Y: 2,
		MI: polesMI(d, kappa), On: Discrete,
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			pole, label := make([]float64, d), []float64{1, 0}
			pole[0] = 1
			if rng.Float64() < 0.5 {
				pole[0], label = -1, []float64{0, 1}
			}
			return around(rng, pole, cosine(rng)), label
		}),
	}
}

// polesMI integrates over the angle φ with the first pole, of which the density of the
// mixture is proportional to sin^{d−2} φ·cosh(κ·cos φ).
func polesMI(d int, kappa float64) float64 {
	const points = 400
	x, w := make([]float64, points), make([]float64, points)
	quad.Legendre{}.FixedLocations(x, w, 0, math.Pi)
	sum, total := 0.0, 0.0
	for i, phi := range x {
		t := math.Cos(phi)
		// cosh(κt) without the e^κ that would overflow.
		density := w[i] * math.Pow(math.Sin(phi), float64(d-2)) * (math.Exp(kappa*(t-1)) + math.Exp(-kappa*(t+1)))
		total += density
		far := math.Exp(-2 * kappa * math.Abs(t)) // the less likely label's odds
		sum += density * (math.Log1p(far) + far/(1+far)*2*kappa*math.Abs(t))
	}
	return math.Ln2 - sum/total
}

func spheres() []Task {
	return []Task{
		VMF(2, 5), VMF(3, 10), VMF(16, 20), VMF(64, 50), VMF(128, 100), VMF(512, 1024),
		NormalDirections(3, 0.9), NormalDirections(32, 0.9),
		Poles(3, 1), Poles(16, 5),
	}
}

// cosines returns a sampler of the cosine with the mean direction, whose density is
// proportional to e^{κt}·(1−t²)^{(d−3)/2}, by Wood's rejection (1994), algorithm VM*.
func cosines(d int, kappa float64) func(rng *rand.Rand) float64 {
	m := float64(d - 1)
	b := m / (2*kappa + math.Sqrt(4*kappa*kappa+m*m))
	x := (1 - b) / (1 + b)
	c := kappa*x + m*math.Log(1-x*x)
	return func(rng *rand.Rand) float64 {
		beta := distuv.Beta{Alpha: m / 2, Beta: m / 2, Src: rng}
		for {
			z := beta.Rand()
			t := (1 - (1+b)*z) / (1 - (1-b)*z)
			if kappa*t+m*math.Log(1-x*t)-c >= math.Log(rng.Float64()) {
				return t
			}
		}
	}
}

// uniformDirection returns a uniform point on the sphere.
func uniformDirection(rng *rand.Rand, d int) []float64 {
	z := make([]float64, d)
	for i := range z {
		z[i] = rng.NormFloat64()
	}
	return direction(z)
}

// direction brings a vector to the length 1.
func direction(z []float64) []float64 {
	norm := math.Sqrt(dot(z, z))
	for i := range z {
		z[i] /= norm
	}
	return z
}

// around returns a point of the sphere with the cosine t with mean, uniform among those.
func around(rng *rand.Rand, mean []float64, t float64) []float64 {
	u := uniformDirection(rng, len(mean))
	along := dot(u, mean)
	for i := range u {
		u[i] -= along * mean[i]
	}
	s := math.Sqrt(1-t*t) / math.Sqrt(dot(u, u))
	for i := range u {
		u[i] = t*mean[i] + s*u[i]
	}
	return u
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
