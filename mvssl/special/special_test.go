package special

import (
	"encoding/json"
	"math"
	"math/big"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

type point struct {
	D     int     `json:"d"`
	Kappa float64 `json:"kappa"`
	LogC  string  `json:"log_c"`
	LogI  string  `json:"log_i"`
	A     string  `json:"a"`
}

// minus returns |got − want|, where want has more digits than a float64.
func minus(t *testing.T, got float64, want string) float64 {
	exact, _, err := big.ParseFloat(want, 10, 200, big.ToNearestEven)
	require.NoError(t, err)
	diff, _ := new(big.Float).Sub(new(big.Float).SetPrec(200).SetFloat64(got), exact).Float64()
	return math.Abs(diff)
}

// The errors that the functions' comments promise, a little above the worst that was
// measured over the committed points and 1,500 random ones (1.5e-15, 1.4e-15, 3.9e-15).
// Below the normal numbers a mean may be off by one unit, smallest, besides.
const besselError, normalizerError, meanError, smallest = 3e-15, 2e-15, 5e-15, 5e-324

// readPoints returns the points of a file.
func readPoints(t *testing.T, name string) (points []point) {
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &points))
	return points
}

// TestAgainstMpmath holds the functions against values at 50 digits (testdata/vmf.py) over
// 2 ≤ d ≤ 8192 and 1e-3 ≤ κ ≤ 1e5, on both sides of every change of method and around
// where log C_d and log I cross zero; and (testdata/wide.py) over 2 ≤ d ≤ 1e5 and all
// positive κ.
func TestAgainstMpmath(t *testing.T) {
	points := append(readPoints(t, "vmf.json"), readPoints(t, "wide.json")...)
	worst := [3]float64{}
	relative := 0.0
	for _, p := range points {
		nu := float64(p.D)/2 - 1
		logI, err := strconv.ParseFloat(p.LogI, 64)
		require.NoError(t, err)
		logC, err := strconv.ParseFloat(p.LogC, 64)
		require.NoError(t, err)
		a, err := strconv.ParseFloat(p.A, 64)
		require.NoError(t, err)
		gamma, _ := math.Lgamma(nu + 1)
		errC := minus(t, LogVMFNormalizer(p.D, p.Kappa), p.LogC)
		errs := [3]float64{
			minus(t, LogBesselI(nu, p.Kappa), p.LogI) / max(1, math.Abs(logI), nu*math.Abs(logQuotient(p.Kappa, 2)), gamma, p.Kappa),
			errC / max(1, math.Abs(logC), p.Kappa),
			max(0, minus(t, MeanResultantLength(p.D, p.Kappa), p.A)-smallest) / max(a, smallest),
		}
		for i, bound := range []float64{besselError, normalizerError, meanError} {
			require.False(t, !(errs[i] <= bound), "d=%d kappa=%v function %d: error %.3g", p.D, p.Kappa, i, errs[i])
			worst[i] = max(worst[i], errs[i])
		}
		// What follows from the bound: 12 digits, but near the crossing.
		if math.Abs(logC) >= 2e-3*max(1, p.Kappa) {
			relative = max(relative, errC/math.Abs(logC))
		}
	}
	require.Less(t, relative, 1e-12)
	t.Logf("worst errors over %d points: log I %.2g, log C %.2g, A %.2g; relative of log C away from 0 %.2g",
		len(points), worst[0], worst[1], worst[2], relative)
}

// TestLogGamma holds log Γ against the standard library's where that is exact enough, and
// against products.
func TestLogGamma(t *testing.T) {
	require.Equal(t, 0.0, logGamma(1))
	require.Equal(t, 0.0, logGamma(2))
	for _, x := range []float64{0.1, 0.5, 1.25, 1.5, 3, 7.7, 14.9, 15, 42.5, 99.5, 100, 100.5, 101, 1e3, 4096.5, 1e7} {
		want, _ := math.Lgamma(x)
		require.InDelta(t, want, logGamma(x), 4e-15*max(1, x, math.Abs(want)), "x=%v", x)
	}
	for _, d := range []int{199, 200, 201, 202} { // where logUniform changes its method
		require.InEpsilon(t, logUniform(d-2)+math.Log(float64(d-2)/2/math.Pi), logUniform(d), 1e-14)
	}
}

func TestClosedForms(t *testing.T) {
	for _, k := range []float64{1e-3, 0.5, 3, 40, 300} {
		// I_½(κ) = √(2/(πκ))·sinh κ, so C_3(κ) = κ/(4π·sinh κ).
		logSinh := k + math.Log1p(-math.Exp(-2*k)) - math.Ln2
		require.InEpsilon(t, math.Log(k/(4*math.Pi))-logSinh, LogVMFNormalizer(3, k), 1e-13)
		// A_3(κ) = coth κ − 1/κ
		if k > 0.1 {
			require.InEpsilon(t, 1/math.Tanh(k)-1/k, MeanResultantLength(3, k), 1e-13)
		}
	}
	require.InEpsilon(t, -math.Log(4*math.Pi), LogVMFNormalizer(3, 0), 1e-15)
	require.InEpsilon(t, -math.Log(2*math.Pi), LogVMFNormalizer(2, 0), 1e-15)
}

// TestDerivative checks A_d = −d/dκ log C_d by central differences.
func TestDerivative(t *testing.T) {
	for _, d := range []int{2, 5, 101, 102, 103, 128, 2048} {
		for _, k := range []float64{0.5, 10, 200} {
			h := 1e-4 * k
			slope := -(LogVMFNormalizer(d, k+h) - LogVMFNormalizer(d, k-h)) / (2 * h)
			require.InDelta(t, slope, MeanResultantLength(d, k), 1e-6, "d=%d kappa=%v", d, k)
		}
	}
}

// TestLogQuotient: math.Log itself is off below the normal numbers on some processors.
func TestLogQuotient(t *testing.T) {
	for _, c := range [][3]float64{{8, 2, math.Log(4)}, {0x1p-1074, 1, -1074 * math.Ln2}, {0x3p-1074, 2, math.Log(1.5) - 1074*math.Ln2}, {0x1p-1022, 1e5, -1022*math.Ln2 - math.Log(1e5)}} {
		require.InEpsilon(t, c[2], logQuotient(c[0], c[1]), 1e-15)
	}
}

// TestOfficialFar: the official file's normalizer at all positive κ is what its formula
// says of the exact one's.
func TestOfficialFar(t *testing.T) {
	for _, p := range readPoints(t, "wide.json") {
		logC, err := strconv.ParseFloat(p.LogC, 64)
		require.NoError(t, err)
		logI, err := strconv.ParseFloat(p.LogI, 64)
		require.NoError(t, err)
		nu := float64(p.D)/2 - 1
		// log(I + 10⁻⁷) − log I
		off := max(0, math.Log(1e-7)-logI) + math.Log1p(math.Exp(-math.Abs(math.Log(1e-7)-logI)))
		require.InDelta(t, logC-off, LogVMFNormalizerOfficial(p.D, p.Kappa), 1e-14*max(1, math.Abs(logC), math.Abs(logI), nu*math.Abs(logQuotient(p.Kappa, 2)), p.Kappa), "d=%d kappa=%v", p.D, p.Kappa)
	}
}

func TestOfficialIsOff(t *testing.T) {
	// The differences that follow from log(I + 1e-7), at κ = 10.
	for d, off := range map[int]float64{64: 11.3, 128: 83.1, 256: 270.8} {
		require.InDelta(t, off, LogVMFNormalizer(d, 10)-LogVMFNormalizerOfficial(d, 10), 0.05)
	}
	require.InDelta(t, LogVMFNormalizer(128, 50), LogVMFNormalizerOfficial(128, 50), 1e-2)
}

func TestOutside(t *testing.T) {
	require.True(t, math.IsNaN(LogBesselI(-1, 1)))
	require.True(t, math.IsNaN(LogBesselI(1, math.NaN())))
	require.True(t, math.IsNaN(LogVMFNormalizer(1, 1)))
	require.True(t, math.IsNaN(LogVMFNormalizer(3, -1)))
	require.True(t, math.IsNaN(LogVMFNormalizerOfficial(3, 0)))
	require.True(t, math.IsNaN(MeanResultantLength(3, math.NaN())))
	require.Equal(t, 0.0, MeanResultantLength(3, 0))
	require.Equal(t, 0.0, LogBesselI(0, 0))
	require.Equal(t, math.Inf(-1), LogBesselI(2, 0))
	require.Equal(t, math.Inf(1), LogBesselI(2, math.Inf(1)))
	require.Equal(t, math.Inf(-1), LogVMFNormalizer(2, math.Inf(1)))
	require.Equal(t, 1.0, MeanResultantLength(2, math.Inf(1)))
}
