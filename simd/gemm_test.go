package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// atEachLevel runs f as a subtest at every level that this processor has.
func atEachLevel(t *testing.T, f func(t *testing.T)) {
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			f(t)
		})
	}
}

func random[T Float](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// epsilon is the distance from 1 to the next T.
func epsilon[T Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 0x1p-23
	}
	return 0x1p-52
}

// guard is a value that no kernel computes; it stands around destinations.
const guard = 12345.0

func guarded[T Float](n int) (whole, inner []T) {
	const margin = 40
	whole = make([]T, n+2*margin)
	for i := range whole {
		whole[i] = guard
	}
	return whole, whole[margin : margin+n]
}

// TestGemm holds products against sums in float64. A sum of k products rounded at
// each step is off by at most (k+1)·ε·Σ|a||b|, however it is ordered.
func TestGemm(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testGemm[float32])
		t.Run("f64", testGemm[float64])
	})
}

func testGemm[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	type shape struct{ m, n, k int }
	shapes := []shape{{1, 1, 1}, {0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {70, 65, 300}, {9, 100, 513},
		// More than a block of terms at each level, of rows, without and with packing
		// them, and of columns.
		{9, 100, 2*kBlockAVX2 + 5}, {2*rowBlock + 16, 20, 30}, {2*rowBlock + 16, 140, 9}, {3, columnBlock + 52, 5}}
	for m := 1; m <= 17; m += 3 {
		for n := 1; n <= 67; n += 7 {
			shapes = append(shapes, shape{m, n, 1 + rng.IntN(40)})
		}
	}
	for _, s := range shapes {
		for mode := range 8 {
			gemmRound[T](t, rng, s.m, s.n, s.k, mode)
		}
	}
}

// gemmRound holds one random product against sums in float64, and looks for writes
// outside it. The bits of mode say whether a and b are transposed, and whether c is
// added to.
func gemmRound[T Float](t *testing.T, rng *rand.Rand, m, n, k, mode int) {
	transA, transB, update := Transpose(mode&1 != 0), Transpose(mode&2 != 0), Update(mode&4 != 0)
	stored := func(rows, cols int, trans Transpose) (x []T, ld int, at func(i, j int) float64) {
		if trans {
			rows, cols = cols, rows
		}
		ld = cols + rng.IntN(4)
		x = random[T](rng, max(0, (rows-1)*ld+cols))
		return x, ld, func(i, j int) float64 {
			if trans {
				i, j = j, i
			}
			return float64(x[i*ld+j])
		}
	}
	a, lda, atA := stored(m, k, transA)
	b, ldb, atB := stored(k, n, transB)
	ldc := n + rng.IntN(5)
	whole, c := guarded[T](m*ldc + 1)
	want, bound := make([]float64, len(c)), make([]float64, len(c))
	for i := range want {
		want[i] = guard
	}
	for i := range m {
		for j := range n {
			at := i*ldc + j
			c[at], want[at] = T(math.NaN()), 0
			if update == Accumulate {
				c[at] = T(rng.NormFloat64())
				want[at] = float64(c[at])
			}
			sum := math.Abs(want[at])
			for l := range k {
				p := atA(i, l) * atB(l, j)
				want[at] += p
				sum += math.Abs(p)
			}
			bound[at] = float64(k+1) * epsilon[T]() * sum
		}
	}
	Gemm(transA, transB, m, n, k, a, lda, b, ldb, c, ldc, update)
	for at, v := range c {
		if d := math.Abs(float64(v) - want[at]); !(d <= bound[at]) {
			t.Fatalf("%d×%d×%d mode %d: element %d, with rows of %d, is off by %g, bound %g", m, n, k, mode, at, ldc, d, bound[at])
		}
	}
	for i, v := range whole {
		if i < 40 || i >= 40+len(c) {
			require.True(t, v == guard, "%d×%d×%d mode %d: wrote at %d", m, n, k, mode, i-40)
		}
	}
}

// TestGemmRefusesHugeSizes: no size is so large that the checks overflow and let it
// pass, and the leading dimension of one row may be any.
func TestGemmRefusesHugeSizes(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		x := make([]float32, 64)
		for _, size := range []int{1 << 58, 1 << 59, 1 << 60, 1 << 61, 1 << 62, math.MaxInt} {
			for k := 2; k <= 9; k++ {
				for _, trans := range []Transpose{NoTrans, Trans} {
					// Each of the three matrices in turn has k rows that are too far apart.
					require.Panics(t, func() { Gemm(NoTrans, trans, k, 2, 2, x, size, x, 2, x, 2, Overwrite) })
					require.Panics(t, func() { Gemm(trans, Trans, 2, k, 2, x, 2, x, size, x, k, Overwrite) })
					require.Panics(t, func() { Gemm(trans, NoTrans, 1, 2, k, x, k, x, size, x, 2, Overwrite) })
					require.Panics(t, func() { Gemm(trans, trans, k, 2, 1, x, k, x, 2, x, size, Overwrite) })
					require.Panics(t, func() { GemmPacked(NoTrans, k, 2, 2, x, size, x, x, 2, Overwrite) })
					require.Panics(t, func() { GemmPacked(Trans, 1, 2, k, x, size, x, x, 2, Overwrite) })
					require.Panics(t, func() { GemmPacked(NoTrans, k, 2, 1, x, 1, x, x, size, Overwrite) })
					require.Panics(t, func() { PackB(x, trans, k, k, x[:7], size) })
				}
			}
			for _, trans := range []Transpose{NoTrans, Trans} {
				require.Panics(t, func() { Gemm(trans, trans, size, 2, 1, x, size, x, 2, x, 2, Overwrite) })
				require.Panics(t, func() { Gemm(trans, trans, 2, size, 1, x, 2, x, size, x, size, Overwrite) })
				require.Panics(t, func() { Gemm(trans, trans, 2, 2, size, x, size, x, size, x, 2, Overwrite) })
				require.Panics(t, func() { PackB(x, trans, size, size, x, size) })
			}
			c := []float32{7, 7}
			Gemm(NoTrans, NoTrans, 1, 2, 1, []float32{2}, size, []float32{3, 4}, size, c, size, Overwrite)
			require.Equal(t, []float32{6, 8}, c)
		}
	})
}

// TestGemmBitsDoNotDependOnBlocks: cutting c into blocks of rows and columns
// leaves the bits as they are.
func TestGemmBitsDoNotDependOnBlocks(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		const m, n, k = 45, 77, 2100
		a, b := random[float32](rng, m*k), random[float32](rng, k*n)
		whole := make([]float32, m*n)
		Gemm(NoTrans, NoTrans, m, n, k, a, k, b, n, whole, n, Overwrite)
		for _, cut := range []struct{ rows, cols int }{{1, 77}, {45, 1}, {7, 5}, {13, 40}} {
			parts := make([]float32, m*n)
			for i := 0; i < m; i += cut.rows {
				for j := 0; j < n; j += cut.cols {
					Gemm(NoTrans, NoTrans, min(cut.rows, m-i), min(cut.cols, n-j), k, a[i*k:], k, b[j:], n, parts[i*n+j:], n, Overwrite)
				}
			}
			require.Equal(t, whole, parts, "%+v", cut)
		}
	})
}

// TestGemmRounding: within a block of terms each element is one chain of fused
// multiply-adds in order, and in plain Go of products that are rounded before they are
// added. So levels whose blocks are equally long have the same bits.
func TestGemmRounding(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testGemmRounding[float32])
		t.Run("f64", testGemmRounding[float64])
	})
}

func testGemmRounding[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, transA := range []Transpose{NoTrans, Trans} {
		const m, n, k = 29, 39, 101
		a, b, c := random[T](rng, m*k), random[T](rng, k*n), make([]T, m*n)
		lda := k
		if transA == Trans {
			lda = m
		}
		Gemm(transA, NoTrans, m, n, k, a, lda, b, n, c, n, Overwrite)
		for i := range m {
			for j := range n {
				var want T
				for l := range k {
					at := i*lda + l
					if transA == Trans {
						at = l*lda + i
					}
					if x, y := a[at], b[l*n+j]; level == Generic {
						want += T(x * y)
					} else {
						want = fused(x, y, want)
					}
				}
				require.True(t, c[i*n+j] == want, "row %d, column %d: %v, expected %v", i, j, c[i*n+j], want)
			}
		}
	}
}

// fused returns x·y + z, rounded once.
func fused[T Float](x, y, z T) T {
	if epsilon[T]() == epsilon[float64]() {
		return T(math.FMA(float64(x), float64(y), float64(z)))
	}
	// The product is exact in float64. If the sum is not, it is rounded to the neighbor
	// whose last bit is odd: then rounding it to float32 is as if it were the only one.
	p, q := float64(x)*float64(y), float64(z)
	s := p + q
	part := s - p
	lost := (p - (s - part)) + (q - part)
	if lost != 0 && math.Float64bits(s)&1 == 0 {
		s = math.Nextafter(s, math.Inf(int(math.Copysign(1, lost))))
	}
	return T(s)
}

// FuzzGemm is TestGemm at random, up to some blocks of each size and a million
// products.
func FuzzGemm(f *testing.F) {
	f.Add(uint16(3), uint16(40), uint16(20), uint8(5), uint64(1))
	f.Add(uint16(203), uint16(131), uint16(30), uint8(0), uint64(2))
	f.Add(uint16(2), uint16(2070), uint16(9), uint8(2), uint64(3))
	f.Add(uint16(5), uint16(33), uint16(781), uint8(7), uint64(4))
	f.Add(uint16(7), uint16(21), uint16(2081), uint8(1), uint64(5))
	f.Fuzz(func(t *testing.T, m, n, k uint16, mode uint8, seed uint64) {
		rows, cols := int(m)%500, int(n)%2500
		inner := int(k) % min(2500, 1+1<<20/max(1, rows*cols))
		for _, l := range Levels() {
			restore := Force(l)
			gemmRound[float32](t, rand.New(rand.NewPCG(seed, 0)), rows, cols, inner, int(mode))
			gemmRound[float64](t, rand.New(rand.NewPCG(seed, 1)), rows, cols, inner, int(mode))
			restore()
		}
	})
}

func BenchmarkGemm(b *testing.B) {
	for _, l := range Levels()[min(1, len(Levels())-1):] {
		for _, s := range []struct{ m, n, k int }{{512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
			{65536, 16, 144}, {16384, 32, 288}, {4096, 64, 576}, {1024, 128, 1152}} {
			b.Run(fmt.Sprintf("%v/f32/%dx%dx%d", l, s.m, s.n, s.k), func(b *testing.B) { benchGemm[float32](b, l, s.m, s.n, s.k) })
			b.Run(fmt.Sprintf("%v/f64/%dx%dx%d", l, s.m, s.n, s.k), func(b *testing.B) { benchGemm[float64](b, l, s.m, s.n, s.k) })
		}
	}
}

func benchGemm[T Float](b *testing.B, l Level, m, n, k int) {
	defer Force(l)()
	rng := rand.New(rand.NewPCG(1, 1))
	x, y, c := random[T](rng, m*k), random[T](rng, k*n), make([]T, m*n)
	for b.Loop() {
		Gemm(NoTrans, NoTrans, m, n, k, x, k, y, n, c, n, Overwrite)
	}
	b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(0, "ns/op")
}
