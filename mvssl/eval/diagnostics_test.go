package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/objective"
	"entrec/mvssl/special"
	"entrec/tensor"
)

// views returns n projections of width d and slightly moved ones, not normalized.
func views(n, d int, noise float64) (a, b *tensor.Tensor[float64]) {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	a, b = tensor.New[float64](n, d), tensor.New[float64](n, d)
	for i := range a.Data() {
		a.Data()[i] = float64(float32(rng.NormFloat64()))
		b.Data()[i] = float64(float32(a.Data()[i] + noise*rng.NormFloat64()))
	}
	return a, b
}

// naiveDiagnose writes the definitions out, without regard for overflow.
func naiveDiagnose(x, y [][]float64, kappa float64, self objective.Self) Diagnostics {
	k, d := len(x), len(x[0])
	unit := func(rows [][]float64) [][]float64 {
		out := make([][]float64, k)
		for i, r := range rows {
			norm := 0.0
			for _, v := range r {
				norm += v * v
			}
			for _, v := range r {
				out[i] = append(out[i], v/math.Sqrt(norm))
			}
		}
		return out
	}
	dot := func(a, b []float64) (s float64) {
		for i := range a {
			s += a[i] * b[i]
		}
		return s
	}
	logC := special.LogVMFNormalizer(d, kappa)
	entropy := func(z [][]float64) float64 {
		h := 0.0
		for i := range z {
			density, others := 0.0, 0
			for j := range z {
				if i != j || self == objective.Include {
					density += math.Exp(kappa*dot(z[i], z[j]) + logC)
					others++
				}
			}
			h -= math.Log(density/float64(others)) / float64(k)
		}
		return h
	}
	infoNCE := func(z, w [][]float64) float64 {
		loss := 0.0
		for i := range z {
			sum := 0.0
			for j := range w {
				sum += math.Exp(kappa * dot(z[i], w[j]))
			}
			loss -= math.Log(math.Exp(kappa*dot(z[i], w[i]))/sum) / float64(k)
		}
		return loss
	}
	distance2 := func(a, b []float64) (s float64) {
		for i := range a {
			s += (a[i] - b[i]) * (a[i] - b[i])
		}
		return s
	}
	uniformity := func(z [][]float64) float64 {
		sum := 0.0
		for i := range z {
			for j := range i {
				sum += math.Exp(-2 * distance2(z[i], z[j]))
			}
		}
		return math.Log(sum / float64(k*(k-1)/2))
	}
	a, b := unit(x), unit(y)
	var r Diagnostics
	r.Entropy = (entropy(a) + entropy(b)) / 2
	for i := range a {
		r.Reconstruction += (kappa*dot(a[i], b[i]) + logC) / float64(k)
		r.Alignment += distance2(a[i], b[i]) / float64(k)
	}
	r.MIER = r.Entropy + r.Reconstruction
	r.MIInfoNCE = math.Log(float64(k)) - (infoNCE(a, b)+infoNCE(b, a))/2
	r.Uniformity = (uniformity(a) + uniformity(b)) / 2
	return r
}

func TestDiagnoseAgainstNaive(t *testing.T) {
	for _, s := range []struct {
		n, d         int
		noise, kappa float64
		self         objective.Self
	}{
		{40, 8, 0.3, 10, objective.Include}, {40, 8, 0.3, 10, objective.Exclude}, {2, 3, 1, 1, objective.Include},
		{100, 128, 0.5, 5, objective.Include}, {300, 16, 0.1, 20, objective.Exclude},
	} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			a, b := views(s.n, s.d, s.noise)
			cfg := DiagnosticsConfig{Kappa: s.kappa, Self: s.self}
			got, want := Diagnose(a, b, cfg), naiveDiagnose(rows(a), rows(b), s.kappa, s.self)
			want.EffectiveRank = got.EffectiveRank // it has tests of its own
			for name, pair := range map[string][2]float64{
				"entropy": {got.Entropy, want.Entropy}, "reconstruction": {got.Reconstruction, want.Reconstruction},
				"mi_er": {got.MIER, want.MIER}, "mi_infonce": {got.MIInfoNCE, want.MIInfoNCE},
				"alignment": {got.Alignment, want.Alignment}, "uniformity": {got.Uniformity, want.Uniformity},
			} {
				// Both are float64 sums of up to 300 terms of up to log C ≈ 120: 1e-15 of
				// that, times the square root of their number.
				require.InDelta(t, pair[1], pair[0], 1e-11, name)
			}
			require.LessOrEqual(t, got.MIInfoNCE, math.Log(float64(s.n)))
			// Projections that are exact in float32 give the same as float32.
			require.Equal(t, got, Diagnose(tensor.Convert[float32](a), tensor.Convert[float32](b), cfg))
		})
	}
}

// A representation that has collapsed has numbers, not NaN, and they say so.
func TestDiagnoseCollapse(t *testing.T) {
	const n, d, kappa = 64, 16, 10
	same := tensor.New[float64](n, d)
	for i := range n {
		same.Set(3, i, 2)
	}
	for name, z := range map[string]*tensor.Tensor[float64]{"all rows equal": same, "all rows zero": tensor.New[float64](n, d)} {
		got := Diagnose(z, z, DiagnosticsConfig{Kappa: kappa})
		_, err := json.Marshal(got) // refuses NaN and Inf
		require.NoError(t, err, name)
		require.InDelta(t, 0, got.MIInfoNCE, 1e-12, name)
		require.InDelta(t, 0, got.MIER, 1e-12, name)
		require.InDelta(t, 0, got.Alignment, 1e-12, name)
		require.InDelta(t, 0, got.Uniformity, 1e-12, name)
		require.InDelta(t, 1, got.EffectiveRank, 1e-4, name)
	}
	// All on a point: the density is the kernel's peak, the entropy its lowest.
	got := Diagnose(same, same, DiagnosticsConfig{Kappa: kappa})
	require.InDelta(t, -kappa-special.LogVMFNormalizer(d, kappa), got.Entropy, 1e-11)
}

func TestEffectiveRank(t *testing.T) {
	diagonal := func(values ...float64) *tensor.Tensor[float64] {
		x := tensor.New[float64](2*len(values), len(values))
		for i, v := range values {
			x.Set(v, i, i)
		}
		return x
	}
	for _, c := range []struct {
		name string
		x    *tensor.Tensor[float64]
		want float64
	}{
		{"one", diagonal(5, 0, 0), 1},
		{"three equal", diagonal(2, 2, 2), 3},
		{"halves and quarters", diagonal(2, 1, 1), math.Exp(0.5*math.Log(2) + 0.5*math.Log(4))},
		{"a column", tensor.FromSlice([]float64{1, 2, 3}, 3, 1), 1},
		{"a row", tensor.FromSlice([]float64{1, 2, 3}, 1, 3), 1},
		{"nothing", tensor.New[float64](4, 3), 1},
	} {
		// The 10⁻⁷ in the definition moves the entropy by at most 1.7e-6 a value.
		require.InDelta(t, c.want, EffectiveRank(c.x), 1.7e-6*3*c.want, c.name)
	}
	// A rotation changes nothing.
	a, _ := views(50, 6, 0)
	rotated := tensor.New[float64](50, 6)
	for i := range 50 {
		for j := range 6 {
			rotated.Set(a.At(i, (j+1)%6), i, j)
		}
		x, y := rotated.At(i, 0), rotated.At(i, 3)
		rotated.Set(0.6*x-0.8*y, i, 0)
		rotated.Set(0.8*x+0.6*y, i, 3)
	}
	require.InDelta(t, EffectiveRank(a), EffectiveRank(rotated), 1e-12)
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		for n := 2; n <= 40; n += 19 {
			x := tensor.New[float64](n, 30)
			x.Fill(1)
			x.Set(bad, 1, 1)
			require.True(t, math.IsNaN(EffectiveRank(x)))
		}
	}
}

func ExampleDiagnose() {
	z1 := tensor.FromSlice([]float64{1, 0, 0, 1, -1, 0, 0, -1}, 4, 2)
	d := Diagnose(z1, z1, DiagnosticsConfig{Kappa: 10})
	fmt.Printf("bounds on the mutual information of 4 points far apart, log 4 = %.3f nats: %.3f (ER), %.3f (InfoNCE)\n",
		math.Log(4), d.MIER, d.MIInfoNCE)
	// Output: bounds on the mutual information of 4 points far apart, log 4 = 1.386 nats: 1.386 (ER), 1.386 (InfoNCE)
}

func ExampleEffectiveRank() {
	z := tensor.FromSlice([]float64{1, 0, 0, 0, 1, 0, -1, 0, 0, 0, -1, 0}, 4, 3) // in a plane
	fmt.Printf("%.3f\n", EffectiveRank(z))
	// Output: 2.000
}
