package bounds

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/objective"
	"entrec/mvssl/special"
)

// sigmas is how many standard errors a mean may lie on the wrong side of what it is
// bounded by: one in 30,000 fair draws does, and the seeds are fixed.
const sigmas = 4

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

var vmfs = []VMF{{2, 1}, {2, 30}, {3, 5}, {8, 2}, {8, 20}, {16, 100}, {64, 30}, {128, 10}, {128, 300}}

// TestVMFInformation holds the closed form against quadrature of the density ratio
// C_d(κ)/C_d(0)·e^{κt}.
func TestVMFInformation(t *testing.T) {
	for _, p := range vmfs {
		log := func(cosine float64) float64 {
			return special.LogVMFNormalizer(p.D, p.Kappa) + p.Entropy() + p.Kappa*cosine
		}
		total := expectation(p.D, func(c float64) float64 { return math.Exp(log(c)) })
		require.InDelta(t, 1, total, 1e-10, "%+v", p)
		information := expectation(p.D, func(c float64) float64 { return math.Exp(log(c)) * log(c) })
		require.InEpsilon(t, information, p.MutualInformation(), 1e-9, "%+v", p)
		require.InEpsilon(t, p.MutualInformation(), p.ERTrueEntropy(p.Kappa), 1e-12)
		require.Less(t, p.ERTrueEntropy(p.Kappa/2), p.MutualInformation())
		require.Less(t, p.ERTrueEntropy(p.Kappa*2), p.MutualInformation())
	}
	require.InDelta(t, 0, VMF{5, 1e-3}.MutualInformation(), 1e-6)
}

// TestGaussianInformation holds the density ratio against the closed form for two
// dimensions (Davenport and Root, 1958, section 8-5), with c = ρt:
//
//	(1−ρ²)/(1−c²)·( 1 + c·(π/2 + arcsin c)/√(1−c²) )
func TestGaussianInformation(t *testing.T) {
	for _, rho := range []float64{0, 0.3, 0.9} {
		for _, cosine := range []float64{-1, -0.4, 0, 0.7, 1} {
			c := rho * cosine
			want := (1 - rho*rho) / (1 - c*c) * (1 + c*(math.Pi/2+math.Asin(c))/math.Sqrt(1-c*c))
			require.InDelta(t, math.Log(want), Gaussian{2, rho}.LogRatio(cosine), 1e-10)
		}
	}
	for _, p := range []Gaussian{{2, 0.5}, {3, 0.9}, {8, 0.7}, {32, 0.5}, {128, 0.9}} {
		total := expectation(p.D, func(c float64) float64 { return math.Exp(p.LogRatio(c)) })
		require.InDelta(t, 1, total, 1e-9, "%+v", p)
		information := p.MutualInformation()
		require.Positive(t, information)
		require.Less(t, information, p.MutualInformationOfVectors(), "%+v", p)
	}
	require.InDelta(t, 0, Gaussian{4, 0}.MutualInformation(), 1e-12)
}

func TestTableInformation(t *testing.T) {
	require.InDelta(t, math.Log(8), Noisy(8, 0).MutualInformation(), 1e-12)
	require.InDelta(t, 0, Noisy(8, 1).MutualInformation(), 1e-12)
	// Of a binary symmetric channel with error ½·noise it is log 2 less the error's entropy.
	e := 0.1
	require.InDelta(t, math.Log(2)+e*math.Log(e)+(1-e)*math.Log(1-e), Noisy(2, 0.2).MutualInformation(), 1e-12)
}

// TestSamplers holds the mean cosine of samples against A_d(κ), or its quadrature.
func TestSamplers(t *testing.T) {
	cosine := func(z1, z2 [][]float64) float64 {
		sum := 0.0
		for i := range z1 {
			sum += dot(z1[i], z2[i]) / float64(len(z1))
		}
		return sum
	}
	source := rng()
	for _, p := range vmfs {
		m := MeanOf(batchesOf(50, func() float64 { return cosine(p.Sample(source, 50)) }))
		require.InDelta(t, special.MeanResultantLength(p.D, p.Kappa), m.Value, sigmas*m.Error, "%+v", p)
	}
	for _, p := range []Gaussian{{2, 0.5}, {8, 0.7}, {32, 0.9}} {
		m := MeanOf(batchesOf(50, func() float64 { return cosine(p.Sample(source, 50)) }))
		want := expectation(p.D, func(c float64) float64 { return c * math.Exp(p.LogRatio(c)) })
		require.InDelta(t, want, m.Value, sigmas*m.Error, "%+v", p)
	}
	table := Noisy(3, 0.3)
	w1, w2 := table.Sample(source, 20000)
	same := 0.0
	for i := range w1 {
		if w1[i] == w2[i] {
			same++
		}
	}
	require.InDelta(t, 0.8, same/20000, sigmas*math.Sqrt(0.8*0.2/20000))
}

// TestBoundsOfVMFPairs holds, batch by batch, InfoNCE and ER with the self term below log k,
// and on the mean InfoNCE below the truth and ER with the self term below InfoNCE, whatever
// the critic's κ; and shows that ER without the self term is no bound: its entropy is
// never below the true one.
func TestBoundsOfVMFPairs(t *testing.T) {
	const batches = 20
	for _, p := range vmfs {
		for _, k := range []int{2, 16, 64} {
			for _, factor := range []float64{0.5, 1, 3} {
				t.Run(fmt.Sprintf("d=%d kappa=%v k=%d by %v", p.D, p.Kappa, k, factor), func(t *testing.T) {
					source, kappa := rng(), factor*p.Kappa
					ceiling := math.Log(float64(k)) + 1e-12
					var include, exclude, gap []float64
					infoNCE := MeanOf(batchesOf(batches, func() float64 {
						z1, z2 := p.Sample(source, k)
						bound := InfoNCE(z1, z2, kappa)
						er := ER(z1, z2, kappa, objective.Include)
						require.LessOrEqual(t, bound, ceiling)
						require.LessOrEqual(t, er, ceiling)
						include, gap = append(include, er), append(gap, bound-er)
						exclude = append(exclude, ER(z1, z2, kappa, objective.Exclude))
						return bound
					}))
					truth := p.MutualInformation()
					below(t, infoNCE, truth)
					below(t, MeanOf(include), truth)
					above(t, MeanOf(gap), 0)
					above(t, MeanOf(exclude), p.ERTrueEntropy(kappa))
				})
			}
		}
	}
}

// TestBoundsOfGaussianDirections holds InfoNCE, with the cosine and with the best critic
// there is, the log of the density ratio, below the truth and log k.
func TestBoundsOfGaussianDirections(t *testing.T) {
	for _, p := range []Gaussian{{2, 0.7}, {8, 0.8}, {32, 0.9}} {
		truth := p.MutualInformation()
		for _, k := range []int{4, 32} {
			source := rng()
			var cosine []float64
			best := MeanOf(batchesOf(20, func() float64 {
				z1, z2 := p.Sample(source, k)
				cosine = append(cosine, InfoNCE(z1, z2, 10))
				scores := make([][]float64, k)
				for i := range scores {
					scores[i] = make([]float64, k)
					for j := range scores[i] {
						scores[i][j] = p.LogRatio(dot(z1[i], z2[j]))
					}
				}
				bound := InfoNCECritic(scores)
				require.LessOrEqual(t, bound, math.Log(float64(k))+1e-12)
				return bound
			}))
			below(t, best, truth)
			below(t, MeanOf(cosine), truth)
			require.Greater(t, best.Value, MeanOf(cosine).Value-sigmas*best.Error)
		}
	}
}

// TestBoundsOfTables holds InfoNCE with the best critic and discrete ER with the true
// conditional below the truth.
func TestBoundsOfTables(t *testing.T) {
	skewed := Table{{0.5, 0.05}, {0.05, 0.1}, {0.1, 0.2}}
	for _, table := range []Table{Noisy(4, 0.3), Noisy(32, 0.1), skewed} {
		rows, columns := table.Margins()
		conditional := make([][]float64, len(table))
		for i := range table {
			conditional[i] = make([]float64, len(table[i]))
			for j, p := range table[i] {
				conditional[i][j] = p / rows[i]
			}
		}
		for _, k := range []int{4, 32, 128} {
			source := rng()
			var er []float64
			infoNCE := MeanOf(batchesOf(50, func() float64 {
				w1, w2 := table.Sample(source, k)
				er = append(er, ERDiscrete(w1, w2, conditional))
				scores := make([][]float64, k)
				for i := range scores {
					scores[i] = make([]float64, k)
					for j := range scores[i] {
						scores[i][j] = math.Log(conditional[w1[i]][w2[j]] / columns[w2[j]])
					}
				}
				bound := InfoNCECritic(scores)
				require.LessOrEqual(t, bound, math.Log(float64(k))+1e-12)
				return bound
			}))
			below(t, infoNCE, table.MutualInformation())
			below(t, MeanOf(er), table.MutualInformation())
		}
	}
}

// batchesOf returns f's values of n batches.
func batchesOf(n int, f func() float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = f()
	}
	return values
}

func below(t *testing.T, m Mean, limit float64) {
	t.Helper()
	require.False(t, !(m.Value <= limit+sigmas*m.Error+1e-12), "found %v ± %v, expected at most %v", m.Value, m.Error, limit)
}

func above(t *testing.T, m Mean, limit float64) {
	t.Helper()
	require.False(t, !(m.Value >= limit-sigmas*m.Error-1e-12), "found %v ± %v, expected at least %v", m.Value, m.Error, limit)
}
