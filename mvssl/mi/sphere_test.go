package mi

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/special"
)

// TestVMFInformation holds the closed form against quadrature of the density ratio
// C_d(κ)/C_d(0)·e^{κt}.
func TestVMFInformation(t *testing.T) {
	for _, p := range []struct {
		d     int
		kappa float64
	}{{2, 1}, {2, 30}, {3, 5}, {8, 2}, {8, 20}, {16, 100}, {64, 30}, {128, 10}, {128, 300}} {
		log := func(cosine float64) float64 {
			return special.LogVMFNormalizer(p.d, p.kappa) - special.LogVMFNormalizer(p.d, 0) + p.kappa*cosine
		}
		total := meanOverSphere(p.d, func(c float64) float64 { return math.Exp(log(c)) })
		require.InDelta(t, 1, total, 1e-10, "%+v", p)
		task := VMF(p.d, p.kappa)
		information := meanOverSphere(p.d, func(c float64) float64 { return math.Exp(log(c)) * log(c) })
		require.InEpsilon(t, information, task.MI, 1e-9, "%+v", p)
		require.Less(t, VMFBound(p.d, p.kappa, p.kappa/2), task.MI)
		require.Less(t, VMFBound(p.d, p.kappa, p.kappa*2), task.MI)
		x, y := task.Sample(rng(), 2500)
		require.InDelta(t, special.MeanResultantLength(p.d, p.kappa), meanCosine(x, y).Value, sigmas*meanCosine(x, y).Error, "%+v", p)
	}
	require.InDelta(t, 0, VMF(5, 1e-3).MI, 1e-6)
}

// TestNormalDirections holds the density ratio against the closed form for two dimensions
// (Davenport and Root, 1958, section 8-5), with c = ρt:
//
//	(1−ρ²)/(1−c²)·( 1 + c·(π/2 + arcsin c)/√(1−c²) )
func TestNormalDirections(t *testing.T) {
	for _, rho := range []float64{0, 0.3, 0.9} {
		for _, cosine := range []float64{-1, -0.4, 0, 0.7, 1} {
			c := rho * cosine
			want := (1 - rho*rho) / (1 - c*c) * (1 + c*(math.Pi/2+math.Asin(c))/math.Sqrt(1-c*c))
			require.InDelta(t, math.Log(want), normalDirections{2, rho}.log(cosine), 1e-10)
		}
	}
	for _, p := range []normalDirections{{2, 0.5}, {3, 0.9}, {8, 0.7}, {32, 0.5}, {128, 0.9}} {
		total := meanOverSphere(p.d, func(c float64) float64 { return math.Exp(p.log(c)) })
		require.InDelta(t, 1, total, 1e-9, "%+v", p)
		task := NormalDirections(p.d, p.rho)
		require.Positive(t, task.MI)
		require.Less(t, task.MI, Correlated("", p.d, p.d, p.rho).MI, "data processing, %+v", p)
		want := meanOverSphere(p.d, func(c float64) float64 { return c * math.Exp(p.log(c)) })
		m := meanCosine(task.Sample(rng(), 2500))
		require.InDelta(t, want, m.Value, sigmas*m.Error, "%+v", p)
	}
	require.InDelta(t, 0, NormalDirections(4, 0).MI, 1e-12)
}

func meanCosine(x, y [][]float64) Mean {
	values := make([]float64, len(x))
	for i := range x {
		values[i] = dot(x[i], y[i])
	}
	return meanOf(values)
}

// TestJoint holds tables against closed forms, and samples against their margins.
func TestJoint(t *testing.T) {
	require.InDelta(t, math.Log(8), Classes(8, 0).MI, 1e-12)
	require.InDelta(t, 0, Classes(8, 1).MI, 1e-12)
	// Of a binary symmetric channel with error ½·noise it is log 2 less the error's entropy.
	e := 0.1
	require.InDelta(t, math.Log(2)+e*math.Log(e)+(1-e)*math.Log(1-e), Classes(2, 0.2).MI, 1e-12)
	const n = 20000
	x, y := Joint("", "", skewed).Sample(rng(), n)
	counts := make([]float64, 6)
	for i := range x {
		for a := range 2 {
			for b := range 3 {
				counts[3*a+b] += x[i][a] * y[i][b] / n
			}
		}
	}
	for i, c := range counts {
		p := skewed[i/3][i%3]
		require.InDelta(t, p, c, sigmas*math.Sqrt(p*(1-p)/n))
	}
}
