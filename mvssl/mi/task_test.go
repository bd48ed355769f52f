package mi

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"

	"entrec/mvssl/special"
)

// sigmas is how many standard errors a mean may lie off: one in 16,000 fair draws does, and
// the seeds are fixed.
const sigmas = 4

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// TestPublished holds the truths against those of the benchmark of Czyż et al. (2023) and
// the steps of Poole et al. (2019), to the digits that are given there.
func TestPublished(t *testing.T) {
	for name, want := range map[string]float64{
		"normal": 0.4133, "uniform-normal": 0.4133, "bimodal-normal": 0.4133, "wiggly-normal": 0.4133, "half-cube-normal": 0.4133,
		"additive-0.1": 1.7094, "additive-0.75": 0.3333, "swiss-roll-uniform-normal": 0.4133,
		"dense-2": 0.2939, "dense-3": 0.4133, "dense-5": 0.5928, "dense-25": 1.2922, "dense-50": 1.6243,
		"pairs-2": 1.0217, "pairs-25": 1.0217, "spiral-uniform-pairs-5": 1.0217,
		"student-1-1": 0.2242, "student-2-1": 0.4319, "student-2-2": 0.1931, "student-3-2": 0.2909, "student-3-3": 0.1787,
		"student-5-2": 0.4482, "student-5-3": 0.2985, "asinh-student-3-2": 0.2909,
		"steps-2": 2, "steps-10": 10, "cubed-steps-6": 6, "classes-8-0": math.Log(8),
	} {
		task, err := Find(name)
		require.NoError(t, err)
		require.InDelta(t, want, task.MI, 5.1e-5, name)
	}
	require.InDelta(t, 0.57418, math.Sqrt(-math.Expm1(-0.4)), 1e-5)
}

// TestTable: names are unique, dimensions are those of the samples, a task is a function of
// its random numbers, and no mutual information is more than the entropy of what is discrete.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, task := range Tasks() {
		require.False(t, seen[task.Name], task.Name)
		seen[task.Name] = true
		x, y := task.Sample(rng(), 7)
		again, _ := task.Sample(rng(), 7)
		require.Len(t, x, 7)
		require.Equal(t, x, again, task.Name)
		for i := range x {
			require.Len(t, x[i], task.X, task.Name)
			require.Len(t, y[i], task.Y, task.Name)
		}
		require.Positive(t, task.MI, task.Name)
		require.NotEmpty(t, task.Doc)
	}
	_, err := Find("no")
	require.ErrorContains(t, err, `unknown task "no", expected normal, uniform-normal, `)
}

// TestTruths holds each truth that the others are made of against the mean, over draws, of
// the log of the density ratio, which is written here by other means.
func TestTruths(t *testing.T) {
	// logProb is the density of a joint variable and of its halves.
	type logProb interface{ LogProb(x []float64) float64 }
	ratio := func(joint, x, y logProb) func(a, b []float64) float64 {
		return func(a, b []float64) float64 {
			return joint.LogProb(append(slices.Clone(a), b...)) - x.LogProb(a) - y.LogProb(b)
		}
	}
	normal := func(sigma *mat.SymDense) logProb {
		n, ok := distmv.NewNormal(make([]float64, sigma.SymmetricDim()), sigma, nil)
		require.True(t, ok)
		return n
	}
	student := func(d, nu int) logProb {
		s, ok := distmv.NewStudentsT(make([]float64, d), eye(d, func(int, int) float64 { return 0 }), float64(nu), nil)
		require.True(t, ok)
		return s
	}
	dense := func(n int) *mat.SymDense { return eye(n, func(int, int) float64 { return 0.5 }) }
	paired := func(d, paired int, rho float64) *mat.SymDense {
		return eye(2*d, func(i, j int) float64 {
			if j == i+d && i < paired {
				return rho
			}
			return 0
		})
	}
	identity := func(d int) logProb { return normal(eye(d, func(int, int) float64 { return 0 })) }
	for name, log := range map[string]func(a, b []float64) float64{
		"normal":        ratio(normal(paired(1, 1, 0.75)), identity(1), identity(1)),
		"pairs-5":       ratio(normal(paired(5, 2, 0.8)), identity(5), identity(5)),
		"steps-10":      ratio(normal(paired(20, 20, math.Sqrt(-math.Expm1(-1)))), identity(20), identity(20)),
		"dense-5":       ratio(normal(dense(10)), normal(dense(5)), normal(dense(5))),
		"dense-50":      ratio(normal(dense(100)), normal(dense(50)), normal(dense(50))),
		"student-1-1":   ratio(student(2, 1), student(1, 1), student(1, 1)),
		"student-5-3":   ratio(student(10, 3), student(5, 3), student(5, 3)),
		"additive-0.1":  func(_, b []float64) float64 { return math.Log(1 / 0.2 / trapezoid(b[0], 0.1)) },
		"additive-0.75": func(_, b []float64) float64 { return math.Log(1 / 1.5 / trapezoid(b[0], 0.75)) },
		"vmf-16-20": func(a, b []float64) float64 {
			return special.LogVMFNormalizer(16, 20) - special.LogVMFNormalizer(16, 0) + 20*dot(a, b)
		},
		"poles-3-1":  func(a, b []float64) float64 { return -math.Log((1 + math.Exp(-2*1*a[0]*(b[0]-b[1]))) / 2) },
		"poles-16-5": func(a, b []float64) float64 { return -math.Log((1 + math.Exp(-2*5*a[0]*(b[0]-b[1]))) / 2) },
		"classes-8-0.5": func(a, b []float64) float64 {
			return math.Log(8 * (0.5*dot(a, b) + 0.5/8))
		},
	} {
		task, err := Find(name)
		require.NoError(t, err)
		const n = 4000
		x, y := task.Sample(rng(), n)
		values := make([]float64, n)
		for i := range values {
			values[i] = log(x[i], y[i])
		}
		mean, sd := stat.MeanStdDev(values, nil)
		require.InDelta(t, task.MI, mean, sigmas*sd/math.Sqrt(n)+1e-12, name)
	}
}

// trapezoid is the density at y of a uniform variable on [0, 1] plus one on [−ε, ε].
func trapezoid(y, epsilon float64) float64 {
	return (min(1, y+epsilon) - max(0, y-epsilon)) / (2 * epsilon)
}

// eye is the symmetric matrix with ones on its diagonal and f(i, j) at i < j.
func eye(n int, f func(i, j int) float64) *mat.SymDense {
	m := mat.NewSymDense(n, nil)
	for i := range n {
		m.SetSym(i, i, 1)
		for j := i + 1; j < n; j++ {
			m.SetSym(i, j, f(i, j))
		}
	}
	return m
}

// TestMaps: the functions of single coordinates are strictly increasing, where samples lie;
// bimodal margins are what they are said to be.
func TestMaps(t *testing.T) {
	for name, f := range map[string]func(float64) float64{
		"wiggly x": wigglyX, "wiggly y": wigglyY, "half cube": halfCube, "normal CDF": normalCDF, "asinh": math.Asinh,
		"bimodal": func(v float64) float64 { return mixtureQuantile(0.3, 0, 5)(normalCDF(v)) },
	} {
		before := math.Inf(-1)
		for v := -5.0; v <= 5; v += 1e-3 {
			require.Greater(t, f(v), before, "%s at %v", name, v)
			before = f(v)
		}
	}
	q := mixtureQuantile(0.3, 0, 5)
	for _, u := range []float64{1e-6, 0.1, 0.3, 0.5, 0.999} {
		require.InDelta(t, u, 0.3*normalCDF(q(u))+0.7*normalCDF(q(u)-5), 1e-15)
	}
}

// TestWound: what is rolled or wound up can be unrolled.
func TestWound(t *testing.T) {
	base, err := Find("uniform-normal")
	require.NoError(t, err)
	x, _ := base.Sample(rng(), 500)
	rolled, _ := SwissRoll(base).Sample(rng(), 500)
	for i, p := range rolled {
		require.InDelta(t, x[i][0], (21*math.Hypot(p[0], p[1])/(1.5*math.Pi)-1)/2, 1e-13)
	}
	three := pairs(3)
	_, y := three.Sample(rng(), 500)
	_, wound := Spiral(three, 0.5).Sample(rng(), 500)
	for i, p := range wound {
		sin, cos := math.Sincos(0.5 * dot(p, p))
		require.InDeltaSlice(t, y[i], []float64{p[0], cos*p[1] - sin*p[2], sin*p[1] + cos*p[2]}, 1e-12)
	}
}
