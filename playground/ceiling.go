package playground

import (
	"math"
	"math/rand/v2"
)

// ceiling: pairs of points whose mutual information is known, and what InfoNCE says of it.
var ceiling = &Exhibit{
	Name: "ceiling",
	Controls: []Control{
		{"batch", []string{"2", "4", "8", "16", "32", "64", "128", "256", "512"}, "16"},
		{"kappa", []string{"2", "10", "50", "200", "1000"}, "200"},
	},
	Steps: 64, every: 4,
	open: func(s setting) stage {
		return &pairs{k: int(s.number("batch")), kappa: s.number("kappa"), rng: rand.New(rand.NewPCG(1, 1))}
	},
}

// pairs is a distribution of pairs on the sphere, and what was seen of it: z1 is uniform,
// and z2 has the von Mises–Fisher density C(κ)·e^{κ·⟨z1,z2⟩}.
type pairs struct {
	k      int
	kappa  float64
	rng    *rand.Rand
	z1, z2 []float64 // the last batch
	told   []float64 // log k − InfoNCE of each batch
}

// information returns I(Z1; Z2) = log 4π + log C(κ) + κ·A(κ), with C(κ) = κ/(4π·sinh κ) and
// A(κ) = coth κ − 1/κ.
func (p *pairs) information() float64 {
	k := p.kappa
	logSinh := k + math.Log1p(-math.Exp(-2*k)) - math.Ln2
	return math.Log(k) - logSinh + k/math.Tanh(k) - 1
}

func (p *pairs) step() {
	p.z1, p.z2 = nil, nil
	for range p.k {
		a, u := p.direction(), p.direction()
		along := a[0]*u[0] + a[1]*u[1] + a[2]*u[2]
		// ⟨z1,z2⟩ by the inverse of its distribution, which the sphere in three dimensions has.
		r := p.rng.Float64()
		t := 1 + math.Log(r+(1-r)*math.Exp(-2*p.kappa))/p.kappa
		t = max(-1, t)
		length := math.Sqrt(max(0, 1-along*along))
		for i := range a {
			right := (u[i] - along*a[i]) / length // a direction at right angles to a
			p.z2 = append(p.z2, t*a[i]+math.Sqrt(max(0, 1-t*t))*right)
		}
		p.z1 = append(p.z1, a[:]...)
	}
	p.told = append(p.told, told(p.z1, p.z2, 3, p.kappa))
}

// direction returns a uniform point on the sphere.
func (p *pairs) direction() (z [3]float64) {
	length := 0.0
	for i := range z {
		z[i] = p.rng.NormFloat64()
		length += z[i] * z[i]
	}
	for i := range z {
		z[i] /= math.Sqrt(length)
	}
	return z
}

func (p *pairs) look() Look {
	mean, deviation, n := 0.0, 0.0, float64(len(p.told))
	for _, v := range p.told {
		mean += v / n
	}
	for _, v := range p.told {
		deviation += (v - mean) * (v - mean)
	}
	truth := p.information()
	l := Look{Numbers: []Number{
		{"InfoNCE bound", mean, nats}, {"give or take", math.Sqrt(deviation / max(1, n*(n-1))), nats},
		{"log k", math.Log(float64(p.k)), nats}, {"the truth", truth, nats},
		{"not told", truth - mean, nats},
	}}
	const shown = 24
	for i := range min(len(p.z1)/3, shown) {
		l.Points = append(append(l.Points, p.z1[3*i:3*i+3]...), p.z2[3*i:3*i+3]...)
		l.Labels = append(l.Labels, i, i)
	}
	return l
}
