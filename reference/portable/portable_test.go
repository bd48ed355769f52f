package portable

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// functions are the functions, their arguments and the bound that their comments
// state, in units in the last place.
var functions = []struct {
	name, mpmath string
	f            func(float64) float64
	low, high    float64 // of the uniform arguments
	ulps         float64
}{
	{"exp", "exp(x)", Exp, -745, 709.7, 1},
	{"exp near 0", "exp(x)", Exp, -1, 1, 1},
	{"expm1", "expm1(x)", Expm1, -2, 2, 2},
	{"expm1 near 0", "expm1(x)", Expm1, -1e-3, 1e-3, 2},
	{"tanh", "tanh(x)", Tanh, -22, 22, 4},
	{"tanh near 0", "tanh(x)", Tanh, -0.5, 0.5, 4},
	{"log", "log(x)", Log, 1e-300, 1e300, 1},
	{"log near 1", "log(x)", Log, 0.4, 2.5, 1},
	{"log1p", "log1p(x)", Log1p, -0.99, 3, 2},
	{"log1p near 0", "log1p(x)", Log1p, -1e-9, 1e-9, 2},
	{"sin", "sin(x)", sin, -20, 20, 2},
	{"cos", "cos(x)", cos, -20, 20, 2},
	{"sin of much", "sin(x)", sin, -1e9, 1e9, 2},
	{"erf", "erf(x)", Erf, -6, 6, 5},
	{"erfc", "erfc(x)", Erfc, -3, 26, 10},
	{"erfc near 0", "erfc(x)", Erfc, -1, 1, 10},
}

func sin(x float64) float64 {
	s, _ := Sincos(x)
	return s
}

func cos(x float64) float64 {
	_, c := Sincos(x)
	return c
}

func arguments(low, high float64) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	xs := []float64{low, high, low / 3, high / 7}
	for range 500 {
		xs = append(xs, low+float64((high-low)*rng.Float64()))
	}
	return xs
}

// TestAgainstMpmath measures each function in units in the last place of values
// at 40 digits.
func TestAgainstMpmath(t *testing.T) {
	if testing.Short() {
		t.Skip("starts mpmath")
	}
	type question struct {
		F string
		X []string
	}
	var in []question
	for _, fn := range functions {
		q := question{F: fn.mpmath}
		for _, x := range arguments(fn.low, fn.high) {
			q.X = append(q.X, fmt.Sprintf("%b", math.Float64bits(x)))
		}
		in = append(in, q)
	}
	// Each value comes as its nearest float64 and what is left.
	var want [][][2]float64
	foreign.Run(t, []string{"mpmath"}, `
import struct
from mpmath import *
mp.dps = 40
y = []
for q in x:
    out = []
    for bits in q["X"]:
        v = mpf(struct.unpack("<d", struct.pack("<Q", int(bits, 2)))[0])
        w = eval(q["F"], globals(), {"x": v})
        out.append([float(w), float(w - mpf(float(w)))])
    y.append(out)
`, in, &want)
	for i, fn := range functions {
		worst := 0.0
		for j, x := range arguments(fn.low, fn.high) {
			high, low := want[i][j][0], want[i][j][1]
			ulp := math.Nextafter(math.Abs(high), math.Inf(1)) - math.Abs(high)
			err := math.Abs((fn.f(x)-high)-low) / ulp
			require.False(t, !(err <= fn.ulps), "%s(%v): %.2f ulp", fn.name, x, err)
			worst = max(worst, err)
		}
		t.Logf("%s: worst %.2f ulp", fn.name, worst)
	}
}

// TestBits pins every bit of the functions' values: a processor or a compiler on
// which this fails would write another golden suite.
func TestBits(t *testing.T) {
	h := fnv.New64a()
	for _, fn := range functions {
		for _, x := range arguments(fn.low, fn.high) {
			require.NoError(t, binary.Write(h, binary.LittleEndian, fn.f(x)))
		}
	}
	require.Equal(t, uint64(0xb9c85175f8b82cff), h.Sum64())
}

func TestEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"exp 0", Exp(0), 1}, {"exp inf", Exp(inf), inf}, {"exp -inf", Exp(-inf), 0}, {"exp nan", Exp(nan), nan},
		{"exp 1000", Exp(1000), inf}, {"exp -1000", Exp(-1000), 0}, {"smallest", Exp(-745), math.SmallestNonzeroFloat64},
		{"expm1 -inf", Expm1(-inf), -1}, {"log 0", Log(0), -inf}, {"log -1", Log(-1), nan}, {"log inf", Log(inf), inf},
		{"log 1", Log(1), 0}, {"log nan", Log(nan), nan}, {"log1p -1", Log1p(-1), -inf}, {"log1p nan", Log1p(nan), nan},
		{"tanh inf", Tanh(inf), 1}, {"tanh -inf", Tanh(-inf), -1}, {"tanh nan", Tanh(nan), nan},
		{"erf inf", Erf(inf), 1}, {"erf -inf", Erf(-inf), -1}, {"erf nan", Erf(nan), nan}, {"erf 0", Erf(0), 0},
		{"erfc inf", Erfc(inf), 0}, {"erfc -inf", Erfc(-inf), 2}, {"erfc 0", Erfc(0), 1},
		{"0^0", Pow(0, 0), 1}, {"0^½", Pow(0, 0.5), 0}, {"0^-1", Pow(0, -1), inf}, {"3^2", Pow(3, 2), 9},
		{"sin 0", sin(0), 0}, {"sin inf", sin(inf), nan}, {"sin 2^31", sin(1 << 31), nan}, {"sin nan", sin(nan), nan},
		{"sum of inf", Total([]float64{1, inf, 2}), inf}, {"inf - inf", Total([]float64{inf, -inf}), nan},
	} {
		if math.IsNaN(c.want) {
			require.True(t, math.IsNaN(c.got), "%s: %v", c.name, c.got)
		} else {
			require.Equal(t, c.want, c.got, c.name)
		}
	}
}

// TestSumIsExact holds sums with much cancellation against exact ones.
func TestSumIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		var x, y []float64
		exact := new(big.Float).SetPrec(2000)
		for range 50 {
			a := math.Ldexp(rng.Float64()-0.5, rng.IntN(30))
			b := math.Ldexp(rng.Float64()-0.5, rng.IntN(30))
			x, y = append(x, a), append(y, b)
			exact.Add(exact, new(big.Float).SetPrec(2000).Mul(big.NewFloat(a), big.NewFloat(b)))
		}
		want, _ := exact.Float64()
		require.Equal(t, want, Dot(x, y))
	}
	require.Equal(t, 1.0, Total([]float64{1e16, 1, -1e16}))
	require.Equal(t, 5.0, Norm([]float64{3, 4}))
}
