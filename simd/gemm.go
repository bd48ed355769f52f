package simd

import (
	"fmt"
	"sync"
)

// kBlock is how many terms of the sums are taken at a time: a panel of B of that
// length and NR columns stays in the first-level cache. Between blocks the sums
// are kept in C.
const kBlock = 256

// PackedSize returns the length of what [PackB] packs.
func PackedSize[T Float](k, n int) int {
	nr := NR[T]()
	return (n + nr - 1) / nr * nr * k
}

// PackB packs op(b), k×n, for [GemmPacked]: in panels of [NR] columns, the last
// filled up with zeros, panel p at dst[p·k·NR:], row after row. op transposes if
// trans is set: b then is n×k. Rows of b are ldb apart.
func PackB[T Float](dst []T, trans bool, k, n int, b []T, ldb int) {
	nr := NR[T]()
	if len(dst) < PackedSize[T](k, n) {
		panic(fmt.Sprintf("simd.PackB: %d elements for %d×%d, %d are needed", len(dst), k, n, PackedSize[T](k, n)))
	}
	checkMatrix("simd.PackB", trans, k, n, b, ldb)
	for j := 0; j < n; j += nr {
		panel := dst[j*k : (j+nr)*k]
		cols := min(nr, n-j)
		if cols < nr {
			clear(panel)
		}
		if !trans {
			for i := range k {
				copy(panel[i*nr:i*nr+cols], b[i*ldb+j:])
			}
			continue
		}
		for c := range cols {
			for i, v := range b[(j+c)*ldb : (j+c)*ldb+k] {
				panel[i*nr+c] = v
			}
		}
	}
}

// checkMatrix panics unless x holds op(x), rows×cols, with leading dimension ld.
func checkMatrix[T Float](name string, trans bool, rows, cols int, x []T, ld int) {
	if trans {
		rows, cols = cols, rows
	}
	if rows < 0 || cols < 0 || ld < cols || (rows > 0 && cols > 0 && (rows-1)*ld+cols > len(x)) {
		panic(fmt.Sprintf("%s: %d×%d with leading dimension %d does not fit %d elements", name, rows, cols, ld, len(x)))
	}
}

// edges are tiles for the rows and columns that do not fill one.
var edges32, edges64 = sync.Pool{New: func() any { return new([8 * 32]float32) }}, sync.Pool{New: func() any { return new([8 * 32]float64) }}

// GemmPacked stores op(a)·b in c, or adds it where accumulate:
//
//	c[i·ldc + j] (+)= Σ_l op(a)[i, l] · b[l, j],  i < m, j < n, l < k
//
// for row-major a and a b that [PackB] packed. op transposes if transA is set: a
// then is k×m. Rows of a and c are lda and ldc apart. Old values of c do not matter
// unless accumulate, not even NaN.
//
// Each element is summed in blocks of 256 terms, ascending: its bits depend on
// the level and k alone (FIXED), not on how a caller cuts c into blocks. One
// thread. It panics where the slices are too short.
func GemmPacked[T Float](transA bool, m, n, k int, a []T, lda int, b []T, c []T, ldc int, accumulate bool) {
	checkMatrix("simd.GemmPacked", transA, m, k, a, lda)
	checkMatrix("simd.GemmPacked", false, m, n, c, ldc)
	if len(b) < PackedSize[T](k, n) {
		panic(fmt.Sprintf("simd.GemmPacked: %d packed elements for %d×%d", len(b), k, n))
	}
	if k == 0 {
		for i := 0; i < m && !accumulate; i++ {
			clear(c[i*ldc : i*ldc+n])
		}
		return
	}
	mr, nr := MR[T](), NR[T]()
	rowStep, stride := lda, 1 // of op(a)
	if transA {
		rowStep, stride = 1, lda
	}
	var rows [8]int
	var zero [1]int
	var edge []T
	args := TileArgs[T]{A: a, Rows: rows[:mr], Segs: zero[:], Stride: stride, LDB: nr}
	for l := 0; l < k; l += kBlock {
		args.Length = min(kBlock, k-l)
		args.Accumulate = accumulate || l > 0
		zero[0] = l * stride
		for j := 0; j < n; j += nr {
			args.B = b[j*k+l*nr:]
			cols := min(nr, n-j)
			args.Cols = nr
			if cols <= nr/2 {
				args.Cols = nr / 2
			}
			for i := 0; i < m; i += mr {
				full := min(mr, m-i)
				for r := range rows[:mr] {
					rows[r] = (i + min(r, full-1)) * rowStep // the last row again where there are too few
				}
				if full == mr && cols == args.Cols {
					args.C, args.LDC = c[i*ldc+j:], ldc
					Tile(&args)
					continue
				}
				if edge == nil {
					var done func()
					edge, done = borrowEdge[T]()
					defer done()
				}
				args.C, args.LDC = edge, nr
				for r := range full {
					copy(edge[r*nr:r*nr+cols], c[(i+r)*ldc+j:])
				}
				Tile(&args)
				for r := range full {
					copy(c[(i+r)*ldc+j:(i+r)*ldc+j+cols], edge[r*nr:])
				}
			}
		}
	}
}

func borrowEdge[T Float]() (edge []T, done func()) {
	switch e := any(&edge).(type) {
	case *[]float32:
		p := edges32.Get().(*[8 * 32]float32)
		*e = p[:]
		return edge, func() { edges32.Put(p) }
	case *[]float64:
		p := edges64.Get().(*[8 * 32]float64)
		*e = p[:]
		return edge, func() { edges64.Put(p) }
	}
	return nil, nil
}

// Gemm stores op(a)·op(b) in c, or adds it where accumulate, as [GemmPacked] does,
// for a row-major b that is not packed: k×n, or n×k if transB.
func Gemm[T Float](transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, accumulate bool) {
	packed := make([]T, PackedSize[T](k, n))
	PackB(packed, transB, k, n, b, ldb)
	GemmPacked(transA, m, n, k, a, lda, packed, c, ldc, accumulate)
}
