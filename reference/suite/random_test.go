package suite

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestSplitMix64 against the values that its authors' program gives from 0.
func TestSplitMix64(t *testing.T) {
	s := source(0)
	for _, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec} {
		require.Equal(t, want, s.next())
	}
}

// TestRandomNumbersAreExact in float32, and lie where their comments say.
func TestRandomNumbersAreExact(t *testing.T) {
	s := newSource("test")
	sum, squares := 0.0, 0.0
	const n = 20000
	for range n {
		u, b, ct := s.uniform(), s.bell(), s.cotangent()
		for _, v := range []float64{u, b, ct} {
			require.Equal(t, v, exact(v))
		}
		require.True(t, 0 <= u && u < 1)
		require.True(t, -4 <= b && b < 4)
		require.True(t, 0.5 <= math.Abs(ct) && math.Abs(ct) < 2)
		sum += b
		squares += b * b
	}
	// The mean of n numbers of deviation 1.155 is within five of its own deviations.
	require.Less(t, math.Abs(sum/n), 5*1.155/math.Sqrt(n))
	require.InDelta(t, 4.0/3, squares/n, 0.1)
}

func TestPermutation(t *testing.T) {
	seen := make([]bool, 50)
	for _, i := range newSource("p").permutation(50) {
		require.False(t, seen[i])
		seen[i] = true
	}
}

func TestRound(t *testing.T) {
	single := format{24, -126, math.MaxFloat32}
	for _, tc := range []struct {
		v    float64
		to   format
		want float64
	}{
		{1, formats["bf16"], 1}, {1 + 1.0/128, formats["bf16"], 1 + 1.0/128}, {1 + 1.0/256, formats["bf16"], 1}, {1 + 3.0/256, formats["bf16"], 1 + 4.0/256}, // ties to even
		{-1.005, formats["bf16"], -1.0078125}, {0, formats["bf16"], 0}, {math.Inf(1), formats["bf16"], math.Inf(1)},
		{0.1, single, float64(float32(0.1))}, {-3.3e-7, single, float64(float32(-3.3e-7))}, {3e-45, single, float64(float32(3e-45))},
		{2049, formats["f16"], 2048}, {2051, formats["f16"], 2052}, {0.1, formats["f16"], 1638.0 / 16384},
		{65519, formats["f16"], 65504}, {-65520, formats["f16"], math.Inf(-1)}, // beyond the largest number
		{1e-5, formats["f16"], 168 * 0x1p-24}, {0x1p-25, formats["f16"], 0}, {0x1.1p-25, formats["f16"], 0x1p-24}, // subnormal
		{65521, formats["tf32"], 65536},
	} {
		require.Equal(t, tc.want, tc.to.round(tc.v), "%v to %d bits", tc.v, tc.to.bits)
	}
}

// TestRounded: within half a unit in the last place, and exact numbers stay.
func TestRounded(t *testing.T) {
	c := &golden.Case{Name: "t", In: map[string]*golden.Array{"x": golden.FromSlice([]float64{0.1, 0.3, 3, 1.5, 0, -7.7}, 6)}}
	for draw := range 4 {
		x := Rounded(c, "bf16", draw).In["x"]
		for i, v := range c.In["x"].Data {
			_, exponent := math.Frexp(v)
			require.LessOrEqual(t, math.Abs(x.Data[i]-v), math.Ldexp(1, exponent-9))
		}
		require.Equal(t, []float64{3, 1.5, 0}, x.Data[2:5])
	}
	require.NotEqual(t, Rounded(c, "bf16", 1).In["x"], Rounded(c, "bf16", 2).In["x"])
}

func TestRoundUp(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 1: 1, 1.01: 1.1, 9.91: 10, 1.2e-7: 1.2e-7, 1.2001e-7: 1.3e-7, 4.77e-7: 4.8e-7} {
		require.InEpsilon(t, 1+want, 1+roundUp(v), 1e-12, v)
		require.GreaterOrEqual(t, roundUp(v), v)
	}
}

func TestTolerance(t *testing.T) {
	p := profile{name: "tf32", margin: 4, floor: 0x1p-10, ofSingle: 1}
	for name, tc := range map[string]struct {
		spread, largest float64
		want            golden.Tolerance
		comparable      bool
	}{
		"relative":             {0.01, 2, golden.Tolerance{Rtol: 0.02}, true},
		"floor":                {0, 2, golden.Tolerance{Rtol: 0.004}, true},
		"absolute":             {0.1, 2, golden.Tolerance{Atol: 0.4}, true},
		"nothing to compare":   {0.3, 2, golden.Tolerance{}, false},
		"zero, without spread": {0, 0, golden.Tolerance{}, true},
		"zero, with spread":    {0.5, 0, golden.Tolerance{Atol: 2}, true},
	} {
		got, comparable := p.tolerance(tc.spread, tc.largest, tc.largest)
		require.Equal(t, tc.comparable, comparable, name)
		require.InDelta(t, tc.want.Rtol, got.Rtol, 1e-12, name)
		require.InDelta(t, tc.want.Atol, got.Atol, 1e-12, name)
	}
	require.Equal(t, 0.5, profile{name: "bf16", margin: 4, ofSingle: 1 << 16}.widest("matmul", Spread{"f32": 0x1p-17, "bf16": 0.1}))
}
