package special

import (
	"encoding/json"
	"math"
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

func number(t *testing.T, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	require.NoError(t, err)
	return v
}

// TestAgainstMpmath holds the functions against values at 50 digits
// (testdata/vmf.py), on both sides of the order at which Debye's expansion takes
// over (d = 102). log C_d crosses zero, so its error is measured against its
// largest term.
func TestAgainstMpmath(t *testing.T) {
	text, err := os.ReadFile("testdata/vmf.json")
	require.NoError(t, err)
	var points []point
	require.NoError(t, json.Unmarshal(text, &points))
	worst := [3]float64{}
	for _, p := range points {
		nu := float64(p.D)/2 - 1
		logI, logC, a := number(t, p.LogI), number(t, p.LogC), number(t, p.A)
		terms := max(1, math.Abs(logI), math.Abs(nu*math.Log(p.Kappa)), (nu+1)*math.Log(2*math.Pi))
		errs := [3]float64{
			math.Abs(LogBesselI(nu, p.Kappa)-logI) / max(1, math.Abs(logI)),
			math.Abs(LogVMFNormalizer(p.D, p.Kappa)-logC) / terms,
			math.Abs(MeanResultantLength(p.D, p.Kappa)-a) / a,
		}
		for i, e := range errs {
			require.False(t, !(e <= 2e-14), "d=%d kappa=%v function %d: error %.3g", p.D, p.Kappa, i, e)
			worst[i] = max(worst[i], e)
		}
		if p.D <= 2048 && p.Kappa >= 0.01 && p.Kappa <= 1000 {
			require.InDelta(t, logC, LogVMFNormalizer(p.D, p.Kappa), 1e-10*max(1, math.Abs(logC)))
		}
	}
	t.Logf("worst errors: log I %.2g, log C %.2g, A %.2g over %d points", worst[0], worst[1], worst[2], len(points))
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
}
