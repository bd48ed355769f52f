package naive

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// vmfPoint has values at 50 digits.
type vmfPoint struct {
	D     int     `json:"d"`
	Kappa float64 `json:"kappa"`
	LogC  string  `json:"log_c"`
	A     string  `json:"a"`
}

// check holds both functions against the values: log C_d(κ) to 10⁻¹⁴ of the largest of
// itself, κ and 1, and A_d(κ) to 10⁻¹⁵ of itself.
func (p vmfPoint) check(t *testing.T) {
	logC, err := strconv.ParseFloat(p.LogC, 64)
	require.NoError(t, err)
	a, err := strconv.ParseFloat(p.A, 64)
	require.NoError(t, err)
	v := newVonMisesFisher(p.D, p.Kappa)
	require.InDelta(t, logC, v.logNormalizer(), 1e-14*max(1, math.Abs(logC), p.Kappa), "log C, d=%d kappa=%v", p.D, p.Kappa)
	const smallest = 5e-324
	require.InDelta(t, a, v.meanCosine(), max(1e-15*a, smallest), "A, d=%d kappa=%v", p.D, p.Kappa)
}

// TestVMFAgainstMpmath holds the integrals against values that mpmath has from Bessel
// functions, over 2 ≤ d ≤ 8192 and 1e-3 ≤ κ ≤ 1e5, and from integrals over 2 ≤ d ≤ 1e5 and
// all positive κ.
func TestVMFAgainstMpmath(t *testing.T) {
	for name, least := range map[string]int{"vmf.json": 800, "wide.json": 250} {
		text, err := os.ReadFile("../../mvssl/special/testdata/" + name)
		require.NoError(t, err)
		var points []vmfPoint
		require.NoError(t, json.Unmarshal(text, &points))
		require.Greater(t, len(points), least)
		for _, p := range points {
			p.check(t)
		}
	}
}

// TestVMFFarAway asks mpmath itself, far beyond the suite.
func TestVMFFarAway(t *testing.T) {
	var points []vmfPoint
	foreign.Run(t, []string{"mpmath"}, `
from mpmath import besseli, log, mp, mpf, nstr, pi
mp.dps = 50
y = []
for d, kappa in x:
    nu, k = mpf(d) / 2 - 1, mpf(kappa)
    i = besseli(nu, k, maxterms=10**6)
    y.append({"d": int(d), "kappa": kappa, "log_c": nstr(nu * log(k) - (nu + 1) * log(2 * pi) - log(i), 20),
              "a": nstr(besseli(nu + 1, k, maxterms=10**6) / i, 20)})
`, [][2]float64{{2, 1e-12}, {2, 1e9}, {3, 1e12}, {31, 1e7}, {50000, 1e-6}, {50000, 1e3}, {20001, 3e4}}, &points)
	require.Len(t, points, 7)
	for _, p := range points {
		p.check(t)
	}
}

// TestVMFAtTheEdge holds what follows from recurrence and closed forms where no
// table reaches.
func TestVMFAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		d     int
		kappa float64
	}{{1 << 30, 1e-3}, {1 << 30, 1e9}, {1 << 30, 1e15}, {7, 1e100}, {1000, 1e-300}} {
		// C_{d+2}/C_d = κ/(2π·A_d)
		v, above := newVonMisesFisher(c.d, c.kappa), newVonMisesFisher(c.d+2, c.kappa)
		want := v.logNormalizer() + math.Log(c.kappa) - math.Log(2*math.Pi) - math.Log(v.meanCosine())
		require.InDelta(t, want, above.logNormalizer(), 1e-14*max(1, math.Abs(want), c.kappa), "d=%d kappa=%v", c.d, c.kappa)
	}
	// C_3(κ) = κ/(4π·sinh κ)
	require.InEpsilon(t, -1e150, newVonMisesFisher(3, 1e150).logNormalizer(), 1e-15)
	require.Equal(t, 1.0, newVonMisesFisher(3, 1e150).meanCosine())
}
