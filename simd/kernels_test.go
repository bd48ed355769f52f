package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// kernelCase is a function of this package as the tests see it. Each letter of out
// and in stands for a slice: m for a matrix, c for one entry a column. out slices
// are read and written, in slices just read; s are scalars, drawn from [½, 1).
type kernelCase[T Float] struct {
	name    string
	out, in string
	scalars int
	run     func(out, in [][]T, s []T) T
	// ulps and least are 0 for an EXACT kernel. Otherwise they are by how many units in
	// the last place, and by how many times the smallest number, a level may be off
	// from plain Go. Those are units of the result or of the last input, if that is
	// larger, where gradient.
	ulps, least float64
	gradient    bool
}

// kernelCases are all kernels but Tile and Gemm.
func kernelCases[T Float]() []kernelCase[T] {
	binary := func(name string, f func(dst, x, y []T)) kernelCase[T] {
		return kernelCase[T]{name: name, out: "m", in: "mm", run: func(o, i [][]T, _ []T) T { f(o[0], i[0], i[1]); return 0 }}
	}
	unary := func(name string, f func(dst, x []T)) kernelCase[T] {
		return kernelCase[T]{name: name, out: "m", in: "m", run: func(o, i [][]T, _ []T) T { f(o[0], i[0]); return 0 }}
	}
	approx := func(ulps, least float64, k kernelCase[T]) kernelCase[T] {
		// Both what is compared and what it is compared with may be off.
		k.ulps, k.least, k.gradient = 2*ulps, 2*least, len(k.in) == 2
		return k
	}
	return []kernelCase[T]{
		binary("Add", Add[T]), binary("Sub", Sub[T]), binary("Mul", Mul[T]), binary("Div", Div[T]),
		unary("Sqrt", Sqrt[T]), unary("ReLU", ReLU[T]),
		{name: "Scale", out: "m", in: "m", scalars: 1, run: func(o, i [][]T, s []T) T { Scale(o[0], i[0], s[0]); return 0 }},
		{name: "AddScalar", out: "m", in: "m", scalars: 1, run: func(o, i [][]T, s []T) T { AddScalar(o[0], i[0], s[0]); return 0 }},
		{name: "Axpy", out: "m", in: "m", scalars: 1, run: func(o, i [][]T, s []T) T { Axpy(o[0], s[0], i[0]); return 0 }},
		binary("MulAdd", MulAdd[T]),
		{name: "Lerp", out: "m", in: "m", scalars: 1, run: func(o, i [][]T, s []T) T { Lerp(o[0], s[0], i[0]); return 0 }},
		binary("ReLUGrad", ReLUGrad[T]),

		{name: "Sum", in: "m", run: func(_, i [][]T, _ []T) T { return Sum(i[0]) }},
		{name: "Dot", in: "mm", run: func(_, i [][]T, _ []T) T { return Dot(i[0], i[1]) }},
		{name: "Max", in: "m", run: func(_, i [][]T, _ []T) T { return Max(i[0]) }},

		{name: "ColSum", out: "c", in: "m", run: func(o, i [][]T, _ []T) T { ColSum(o[0], i[0]); return 0 }},
		{name: "ColMoments", out: "cc", in: "mc", run: func(o, i [][]T, _ []T) T { ColMoments(o[0], o[1], i[0], i[1]); return 0 }},
		{name: "ColDots", out: "cc", in: "mmc", run: func(o, i [][]T, _ []T) T { ColDots(o[0], o[1], i[0], i[1], i[2], nil); return 0 }},
		{name: "ColDotsMasked", out: "cc", in: "mmcm", run: func(o, i [][]T, _ []T) T { ColDots(o[0], o[1], i[0], i[1], i[2], i[3]); return 0 }},
		{name: "RowAffine", out: "m", in: "mcc", run: func(o, i [][]T, _ []T) T { RowAffine(o[0], i[0], i[1], i[2]); return 0 }},
		{name: "RowAffineReLU", out: "m", in: "mcc", run: func(o, i [][]T, _ []T) T { RowAffineReLU(o[0], i[0], i[1], i[2]); return 0 }},
		{name: "RowAffineAddReLU", out: "m", in: "mccm", run: func(o, i [][]T, _ []T) T { RowAffineAddReLU(o[0], i[0], i[1], i[2], i[3]); return 0 }},
		{name: "RowAffine2", out: "m", in: "mmccc", run: func(o, i [][]T, _ []T) T {
			RowAffine2(o[0], i[0], i[1], nil, i[2], i[3], i[4])
			return 0
		}},
		{name: "RowAffine2Masked", out: "m", in: "mmcccm", run: func(o, i [][]T, _ []T) T {
			RowAffine2(o[0], i[0], i[1], i[5], i[2], i[3], i[4])
			return 0
		}},

		approx(1.5, 0, unary("Exp", Exp[T])), approx(1.5, 0, unary("Log", Log[T])), approx(3, 0, unary("Tanh", Tanh[T])),
		approx(3, 0, unary("Sigmoid", Sigmoid[T])), approx(2, 0, unary("Erf", Erf[T])),
		approx(5, 40, unary("GELU", GELU[T])), approx(5, 40, binary("GELUGrad", GELUGrad[T])),
		approx(5, 40, unary("GELUTanh", GELUTanh[T])), approx(5, 3000, binary("GELUTanhGrad", GELUTanhGrad[T])),
		approx(3, 0, kernelCase[T]{name: "ExpSum", out: "m", in: "m", scalars: 1, run: func(o, i [][]T, s []T) T {
			return ExpSum(o[0], i[0], s[0])
		}}),

		{name: "SGD", out: "m", in: "m", scalars: 3, run: func(o, i [][]T, s []T) T {
			SGD(o[0], i[0], i[0], float64(s[0]), 0, float64(s[1]), float64(s[2]), false)
			return 0
		}},
		{name: "SGDMomentum", out: "mm", in: "m", scalars: 4, run: func(o, i [][]T, s []T) T {
			SGD(o[0], i[0], o[1], float64(s[0]), float64(s[1]), float64(s[2]), float64(s[3]), false)
			return 0
		}},
		{name: "SGDNesterov", out: "mm", in: "m", scalars: 4, run: func(o, i [][]T, s []T) T {
			SGD(o[0], i[0], o[1], float64(s[0]), float64(s[1]), float64(s[2]), float64(s[3]), true)
			return 0
		}},
		{name: "AdamW", out: "mmm", in: "m", scalars: 4, run: func(o, i [][]T, s []T) T {
			AdamW(o[0], i[0], o[1], o[2], 3, float64(s[0]), float64(s[1]), float64(s[2]), 1e-8, float64(s[3]))
			return 0
		}},
	}
}

// eachKernel runs f as a subtest for each kernel and element type.
func eachKernel(t *testing.T, f32 func(*testing.T, kernelCase[float32]), f64 func(*testing.T, kernelCase[float64])) {
	for _, k := range kernelCases[float32]() {
		t.Run("f32/"+k.name, func(t *testing.T) { f32(t, k) })
	}
	for _, k := range kernelCases[float64]() {
		t.Run("f64/"+k.name, func(t *testing.T) { f64(t, k) })
	}
}

// workload is what a kernel is run on.
type workload[T Float] struct {
	rows, cols int
	// value returns what slice number k, outputs first, holds at element i.
	value func(k, i int) T
	// alias makes out[0] the same memory as input number alias−1; 0: none.
	alias int
	// offset is by how many elements slices are off from their alignment.
	offset int
}

// run runs k at level l and returns all outputs and the result. It fails if an
// input has changed or something is written beside the outputs.
func (w workload[T]) run(t testing.TB, k kernelCase[T], l Level) [][]T {
	var wholes, slices [][]T
	at := func(kind byte, number int) []T {
		n := w.cols
		if kind == 'm' {
			n *= w.rows
		}
		whole, s := guarded[T](n + w.offset)
		s = s[w.offset:]
		for i := range s {
			s[i] = w.value(number, i)
		}
		wholes, slices = append(wholes, whole), append(slices, s)
		return s
	}
	var out, in [][]T
	for i := range len(k.out) {
		out = append(out, at(k.out[i], i))
	}
	for i := range len(k.in) {
		in = append(in, at(k.in[i], len(k.out)+i))
	}
	if w.alias > 0 {
		copy(out[0], in[w.alias-1])
		in[w.alias-1] = out[0]
	}
	s := make([]T, k.scalars)
	for i := range s {
		s[i] = T(0.5 + float64(i+1)/10)
	}
	restore := Force(l)
	result := k.run(out, in, s)
	restore()
	for n, whole := range wholes {
		end := len(whole) - 40
		for i, v := range whole {
			if (i < end-len(slices[n]) || i >= end) && v != guard {
				t.Fatalf("%s, %d×%d: wrote at %d, beside slice %d", k.name, w.rows, w.cols, i-end+len(slices[n]), n)
			}
		}
		if n >= len(k.out) && n-len(k.out) != w.alias-1 {
			for i, v := range slices[n] {
				if !same(v, w.value(n, i)) {
					t.Fatalf("%s, %d×%d: changed input %d at %d", k.name, w.rows, w.cols, n-len(k.out), i)
				}
			}
		}
	}
	return append(out, []T{result})
}

// compare runs k at all levels and holds them against plain Go. The levels above
// that must have the same bits as one another.
func (w workload[T]) compare(t testing.TB, k kernelCase[T]) {
	want := w.run(t, k, Generic)
	var first [][]T
	for _, l := range Levels()[1:] {
		all := w.run(t, k, l)
		for o, got := range all {
			for i, v := range got {
				of := math.Abs(float64(want[o][i]))
				if k.gradient && o == 0 {
					of = max(of, math.Abs(float64(w.value(len(k.out)+len(k.in)-1, i))))
				}
				if !near(v, want[o][i], k.ulps*ulp[T](of)+k.least*ulp[T](0)) {
					t.Fatalf("%s, %d×%d, alias %d, offset %d: %v has %g at %d of output %d, plain Go %g",
						k.name, w.rows, w.cols, w.alias, w.offset, l, v, i, o, want[o][i])
				}
				if first != nil && !same(v, first[o][i]) {
					t.Fatalf("%s, %d×%d: %v has %g at %d of output %d, the level below %g", k.name, w.rows, w.cols, l, v, i, o, first[o][i])
				}
			}
		}
		first = all
	}
}

// same reports whether a and b have the same bits, or are both NaN.
func same[T Float](a, b T) bool {
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b)) || a != a && b != b
}

// near reports whether a and b are the same, or no further apart than tolerance.
func near[T Float](a, b T, tolerance float64) bool {
	if same(a, b) {
		return true
	}
	x, y := float64(a), float64(b)
	if tolerance > 0 && (math.IsInf(x, 0) != math.IsInf(y, 0)) {
		// One may be beyond the largest number where the other just is not.
		x, y = float64(a/2), float64(b/2)
		limit := float64(largest[T]()) / 2
		x, y = max(-limit, min(limit, x)), max(-limit, min(limit, y))
	}
	return math.Abs(x-y) <= tolerance
}

func largest[T Float]() T {
	x := math.MaxFloat64
	if unsafe.Sizeof(T(0)) == 4 {
		x = math.MaxFloat32
	}
	return T(x)
}

// ulp returns the distance of T's numbers in the binade of x ≥ 0.
func ulp[T Float](x float64) float64 {
	p, least := 24, -149
	if unsafe.Sizeof(T(0)) == 8 {
		p, least = 53, -1074
	}
	if x == 0 {
		return math.Ldexp(1, least)
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-p, least))
}

// specials are values that kernels get wrong first.
func specials[T Float]() []T {
	inf := T(math.Inf(1))
	s := []T{0, 1, inf, T(math.NaN()), 3}
	extremes := []float64{float64(largest[T]()), math.SmallestNonzeroFloat64, 0x1p-1022, 0x1.8p-1023}
	if unsafe.Sizeof(T(0)) == 4 {
		extremes = []float64{float64(largest[T]()), math.SmallestNonzeroFloat32, 0x1p-126, 0x1.8p-127}
	}
	for _, v := range extremes {
		s = append(s, T(v))
	}
	for _, v := range s {
		s = append(s, -v)
	}
	return s
}

// numbers returns a workload's values: of every size, both signs.
func numbers[T Float](seed uint64) func(k, i int) T {
	var slices [][]T
	return func(k, i int) T {
		for len(slices) <= k {
			rng := rand.New(rand.NewPCG(seed, uint64(len(slices))))
			s := make([]T, 4096)
			for j := range s {
				s[j] = T(rng.NormFloat64() * math.Exp(rng.NormFloat64()))
			}
			slices = append(slices, s)
		}
		return slices[k][i%4096]
	}
}

// lengths are 0 to three blocks and one: a block has 256 bytes at most.
func lengths[T Float]() int { return 3*256/int(unsafe.Sizeof(T(0))) + 1 }

func TestKernelLengths(t *testing.T) { eachKernel(t, testLengths[float32], testLengths[float64]) }

func testLengths[T Float](t *testing.T, k kernelCase[T]) {
	value := numbers[T](1)
	for n := range lengths[T]() + 1 {
		for rows := 1; rows <= 3; rows += 2 {
			workload[T]{rows: rows, cols: n, value: value, offset: n % 16}.compare(t, k)
		}
	}
	for offset := range 16 {
		workload[T]{rows: 2, cols: 37, value: value, offset: offset}.compare(t, k)
	}
	if k.out == "" {
		for _, n := range []int{sumBlock - 1, sumBlock, sumBlock + 1, 3*sumBlock + 17} {
			workload[T]{rows: 1, cols: n, value: value}.compare(t, k)
		}
	}
}

func TestKernelAliases(t *testing.T) { eachKernel(t, testAliases[float32], testAliases[float64]) }

func testAliases[T Float](t *testing.T, k kernelCase[T]) {
	if len(k.out) != 1 || k.out != "m" {
		return
	}
	for i := range len(k.in) {
		if k.in[i] == 'm' {
			for n := range lengths[T]() {
				workload[T]{rows: 2, cols: n, value: numbers[T](2), alias: i + 1}.compare(t, k)
			}
		}
	}
}

// TestKernelSpecials puts each special value at each place of each input, among
// ordinary numbers and with each special value in the other inputs.
func TestKernelSpecials(t *testing.T) { eachKernel(t, testSpecials[float32], testSpecials[float64]) }

func testSpecials[T Float](t *testing.T, k kernelCase[T]) {
	special, ordinary := specials[T](), numbers[T](3)
	n := lengths[T]()/3 + 256/int(unsafe.Sizeof(T(0)))/2 + 1 // a block, a vector or more, a tail
	slices := len(k.out) + len(k.in)
	for shift := range len(special) * len(special) {
		// Slices move against one another, so that all pairs of values meet.
		workload[T]{rows: 1, cols: n, value: func(k, i int) T {
			return special[(i+[]int{shift, shift / len(special), shift / 2, 5 * shift}[k%4])%len(special)]
		}}.compare(t, k)
	}
	for at := range n {
		for s := range special {
			for in := range slices {
				if s%slices != in && k.out != "" {
					continue
				}
				workload[T]{rows: 1, cols: n, value: func(k, i int) T {
					if k == in && i == at {
						return special[s]
					}
					return ordinary(k, i)
				}}.compare(t, k)
			}
		}
	}
}

func TestKernelsRefuseLengths(t *testing.T) {
	for _, k := range kernelCases[float32]() {
		if len(k.out)+len(k.in) == 1 {
			continue
		}
		for short := range len(k.out) + len(k.in) {
			t.Run(fmt.Sprintf("%s/%d", k.name, short), func(t *testing.T) {
				var out, in [][]float32
				for i, kind := range k.out + k.in {
					n := map[rune]int{'m': 3 * 5, 'c': 5}[kind]
					if i == short {
						n--
					}
					if i < len(k.out) {
						out = append(out, make([]float32, n))
					} else {
						in = append(in, make([]float32, n))
					}
				}
				require.Panics(t, func() { k.run(out, in, make([]float32, 4)) })
			})
		}
	}
}
