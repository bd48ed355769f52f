package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

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
		workload[T]{rows: 1, cols: n, value: value, offset: n % 16}.compare(t, k)
		if k.byColumns() {
			workload[T]{rows: 3, cols: n, value: value, offset: n % 16}.compare(t, k)
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
	value := numbers[T](2)
	for i := range len(k.in) {
		if k.in[i] == 'm' {
			for n := range lengths[T]() / 2 {
				workload[T]{rows: 2, cols: n, value: value, alias: i + 1}.compare(t, k)
			}
		}
	}
}

// TestKernelSpecials puts special values at each place of each input, with each
// special value in the other inputs; and, where elements are joined, one among
// ordinary numbers.
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
	if k.out != "" && !k.byColumns() {
		return
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

// TestRegisters: the upper sixteen registers belong to AVX-512, and the allocator of
// the generator would take them for AVX2 where it runs out of others.
func TestRegisters(t *testing.T) {
	files, err := filepath.Glob("*_amd64.s")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	upper := regexp.MustCompile(`\b[XY](1[6-9]|2\d|3[01])\b`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, function := range strings.Split(string(text), "\nTEXT ")[1:] {
			title, body, _ := strings.Cut(function, "(SB)")
			if !strings.Contains(title, "AVX512") {
				require.Empty(t, upper.FindString(body), "%s: %s", name, title)
			}
		}
	}
}
