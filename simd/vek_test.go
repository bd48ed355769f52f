//go:build amd64 && !purego

package simd

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/viterin/vek"
	"github.com/viterin/vek/vek32"
)

// rival is a function of vek that does what a kernel of the same name does.
type rival[T Float] struct {
	name  string
	exact bool // it has the same bits, special values included
	run   func(out, in [][]T, s []T) T
}

func rivals32() []rival[float32] {
	type v = [][]float32
	return []rival[float32]{
		{"Add", true, func(o, i v, _ []float32) float32 { vek32.Add_Into(o[0], i[0], i[1]); return 0 }},
		{"Sub", true, func(o, i v, _ []float32) float32 { vek32.Sub_Into(o[0], i[0], i[1]); return 0 }},
		{"Mul", true, func(o, i v, _ []float32) float32 { vek32.Mul_Into(o[0], i[0], i[1]); return 0 }},
		{"Div", false, func(o, i v, _ []float32) float32 { vek32.Div_Into(o[0], i[0], i[1]); return 0 }},
		{"Sqrt", false, func(o, i v, _ []float32) float32 { vek32.Sqrt_Into(o[0], i[0]); return 0 }},
		{"Scale", true, func(o, i v, s []float32) float32 { vek32.MulNumber_Into(o[0], i[0], s[0]); return 0 }},
		{"AddScalar", true, func(o, i v, s []float32) float32 { vek32.AddNumber_Into(o[0], i[0], s[0]); return 0 }},
		{"ReLU", true, func(o, i v, _ []float32) float32 { vek32.MaximumNumber_Into(o[0], i[0], 0); return 0 }},
		{"Sum", false, func(_, i v, _ []float32) float32 { return vek32.Sum(i[0]) }},
		{"Dot", false, func(_, i v, _ []float32) float32 { return vek32.Dot(i[0], i[1]) }},
		{"Max", false, func(_, i v, _ []float32) float32 { return vek32.Max(i[0]) }},
		{"Exp", false, func(o, i v, _ []float32) float32 { vek32.Exp_Into(o[0], i[0]); return 0 }},
		{"Log", false, func(o, i v, _ []float32) float32 { vek32.Log_Into(o[0], i[0]); return 0 }},
	}
}

func rivals64() []rival[float64] {
	type v = [][]float64
	return []rival[float64]{
		{"Add", true, func(o, i v, _ []float64) float64 { vek.Add_Into(o[0], i[0], i[1]); return 0 }},
		{"Sub", true, func(o, i v, _ []float64) float64 { vek.Sub_Into(o[0], i[0], i[1]); return 0 }},
		{"Mul", true, func(o, i v, _ []float64) float64 { vek.Mul_Into(o[0], i[0], i[1]); return 0 }},
		{"Div", true, func(o, i v, _ []float64) float64 { vek.Div_Into(o[0], i[0], i[1]); return 0 }},
		{"Sqrt", true, func(o, i v, _ []float64) float64 { vek.Sqrt_Into(o[0], i[0]); return 0 }},
		{"Scale", true, func(o, i v, s []float64) float64 { vek.MulNumber_Into(o[0], i[0], s[0]); return 0 }},
		{"AddScalar", true, func(o, i v, s []float64) float64 { vek.AddNumber_Into(o[0], i[0], s[0]); return 0 }},
		{"ReLU", true, func(o, i v, _ []float64) float64 { vek.MaximumNumber_Into(o[0], i[0], 0); return 0 }},
		{"Sum", false, func(_, i v, _ []float64) float64 { return vek.Sum(i[0]) }},
		{"Dot", false, func(_, i v, _ []float64) float64 { return vek.Dot(i[0], i[1]) }},
		{"Max", false, func(_, i v, _ []float64) float64 { return vek.Max(i[0]) }},
	}
}

// TestVek shows which functions of vek have this package's bits, and which have not.
func TestVek(t *testing.T) {
	if level == Generic {
		t.Skip("vek has no assembly for this processor")
	}
	testVek(t, rivals32(), kernelCases[float32]())
	testVek(t, rivals64(), kernelCases[float64]())
}

func testVek[T Float](t *testing.T, rivals []rival[T], kernels []kernelCase[T]) {
	special, ordinary := specials[T](), numbers[T](4)
	mixed := func(k, i int) T {
		if (i+k)%3 == 0 {
			return special[(i/3+5*k)%len(special)]
		}
		return ordinary(k, i)
	}
	for _, r := range rivals {
		k := find(kernels, r.name)
		differ := 0
		for _, value := range []func(k, i int) T{ordinary, mixed} {
			for n := 1; n < 200; n++ {
				w := workload[T]{rows: 1, cols: n, value: value}
				want := w.run(t, k, Generic)
				theirs := k
				theirs.run = r.run
				for o, got := range w.run(t, theirs, Generic) {
					for i, v := range got {
						if !same(v, want[o][i]) {
							differ++
						}
					}
				}
			}
		}
		require.Equal(t, r.exact, differ == 0, "%T %s: %d differ", special[0], r.name, differ)
	}
}

// BenchmarkVek is BenchmarkKernels for vek's functions.
func BenchmarkVek(b *testing.B) {
	for _, r := range rivals32() {
		k := find(kernelCases[float32](), r.name)
		k.run = r.run
		b.Run("f32/"+r.name, func(b *testing.B) { benchmarkKernel(b, k, Generic) })
	}
	for _, r := range rivals64() {
		k := find(kernelCases[float64](), r.name)
		k.run = r.run
		b.Run("f64/"+r.name, func(b *testing.B) { benchmarkKernel(b, k, Generic) })
	}
}
