package simd

import (
	"unsafe"

	"entrec/internal/message"
)

//go:generate sh -c "cd _asm && go run ./tile -out ../tile_amd64.s -stubs ../tile_stub_amd64.go -pkg simd"
//go:generate sh -c "cd _asm && go run ./neon -dir .."

// MR returns the number of rows that a tile has at the current level: what a
// kernel computes at a time, in registers.
func MR[T Float]() int {
	switch level {
	case AVX512:
		return 12
	case AVX2:
		return 6
	case NEON:
		return 8
	}
	return 4
}

// NR returns the number of columns of a tile at the current level: two vectors.
// A tile of half as many is the narrow one.
func NR[T Float]() int {
	size := int(unsafe.Sizeof(T(0)))
	switch level {
	case AVX512:
		return 128 / size
	case AVX2:
		return 64 / size
	case NEON:
		return 32 / size
	}
	return 8
}

// PanelWidth returns the width of the tile that serves a number of columns: [NR],
// or half of it where that suffices, but no less than four.
func PanelWidth[T Float](cols int) int {
	if nr := NR[T](); cols > nr/2 {
		return nr
	}
	return max(NR[T]()/2, 4)
}

// RowTiles is the work of one [TileRows]. Offsets are in elements.
type RowTiles[T Float] struct {
	A []T
	// From says where in A each row begins; a multiple of MR entries, of which
	// the first len(To) count.
	From   []int
	Segs   []int // offsets of the row's segments from its beginning
	Length int   // elements of a segment
	// B begins with a panel as PackB makes it, PanelWidth(Cols) wide. A panel of what
	// lies behind it, if anything, is prefetched with AVX2.
	B    []T
	C    []T
	To   []int // where in C each row begins
	Cols int   // 1 to NR
	// Accumulate adds to C; otherwise C is overwritten, whatever it held.
	Accumulate bool
	// Prefetch is the distance in A from a row to the one [MR] rows later, which is
	// prefetched with AVX2; 0 prefetches nothing.
	Prefetch int
}

// TileRows computes, for i < len(To) and j < Cols, with w = [PanelWidth](Cols),
//
//	c[To[i] + j] (+)= Σ_{s < len(Segs)} Σ_{k < Length} a[From[i] + Segs[s] + k] · b[(s·Length + k)·w + j]
//
// It and [TileColumns] are the inner loops of matrix products and convolutions. The
// left factor is read where it lies, so im2col's matrix of patches never has to exist.
//
// Each element has one accumulator, to which the products are added with k
// ascending within a segment and segments ascending, fused above plain Go: its
// bits depend on the level and on the products (FIXED), not on i, j or the
// neighbors. It panics where the slices are too short.
func TileRows[T Float](p *RowTiles[T]) {
	p.check()
	if len(p.To) == 0 {
		return
	}
	if len(p.Segs) == 0 || p.Length == 0 || level == Generic {
		plainRows(p)
		return
	}
	asmRows(p)
}

func (p *RowTiles[T]) check() {
	mr := MR[T]()
	if n := (len(p.To) + mr - 1) / mr * mr; len(p.From) < n || p.Length < 0 || p.Cols < 1 || p.Cols > NR[T]() {
		panic(message.Sprintf("simd.TileRows: %d beginnings of %d, segments of %d, %d columns in a tile of %d", len(p.From), n, p.Length, p.Cols, NR[T]()))
	}
	if len(p.To) == 0 {
		return
	}
	if lo, hi := extent(p.To); lo < 0 || hi > len(p.C)-p.Cols {
		panic(message.Sprintf("simd.TileRows: c has %d elements, %d of a row are needed at %d to %d", len(p.C), p.Cols, lo, hi))
	}
	if len(p.Segs) == 0 || p.Length == 0 {
		return
	}
	lo, hi := extent(p.From)
	checkFactors("simd.TileRows", len(p.A), lo, hi, p.Segs, p.Length, 1, len(p.B), PanelWidth[T](p.Cols), PanelWidth[T](p.Cols))
}

// ColumnTiles is the work of one [TileColumns]. Offsets and strides are in elements.
type ColumnTiles[T Float] struct {
	A      []T
	Panel  int   // between one MR rows of A and the next
	Segs   []int // offsets of segments of the summed index
	Length int   // steps of a segment
	Stride int   // between the steps of a segment
	B      []T
	LDB    int // between the rows of B, each of which has PanelWidth(Cols) elements
	C      []T
	LDC    int // between the rows of C
	Rows   int
	Cols   int // 1 to NR
	// Accumulate adds to C; otherwise C is overwritten, whatever it held.
	Accumulate bool
	// Next is the B of the next call, which is prefetched; nil prefetches nothing.
	Next []T
}

// TileColumns is [TileRows] for a left factor whose rows lie side by side, [MR] of
// them at a time: for i = p·MR + r < Rows with r < MR, and j < Cols,
//
//	c[i·LDC + j] (+)= Σ_{s < len(Segs)} Σ_{k < Length} a[p·Panel + Segs[s] + k·Stride + r] · b[(s·Length + k)·LDB + j]
//
// All MR rows of the last block are read, whatever Rows is.
func TileColumns[T Float](p *ColumnTiles[T]) {
	p.check()
	if p.Rows == 0 {
		return
	}
	if len(p.Segs) == 0 || p.Length == 0 || level == Generic {
		plainColumns(p)
		return
	}
	asmColumns(p)
}

func (p *ColumnTiles[T]) check() {
	if p.Rows < 0 || p.Length < 0 || p.Stride < 0 || p.LDB < 0 || p.LDC < 0 || p.Panel < 0 || p.Cols < 1 || p.Cols > NR[T]() {
		panic(message.Sprintf("simd.TileColumns: %d rows, length %d, strides %d, %d, %d and %d, %d columns in a tile of %d",
			p.Rows, p.Length, p.Stride, p.LDB, p.LDC, p.Panel, p.Cols, NR[T]()))
	}
	if p.Rows == 0 {
		return
	}
	if p.Rows > rowsIn(len(p.C), p.Cols, p.LDC) {
		panic(message.Sprintf("simd.TileColumns: c has %d elements, %d rows of stride %d and %d columns are needed", len(p.C), p.Rows, p.LDC, p.Cols))
	}
	if len(p.Segs) == 0 || p.Length == 0 {
		return
	}
	mr := MR[T]()
	panels := (p.Rows-1)/mr + 1
	if panels > rowsIn(len(p.A), mr, p.Panel) {
		panic(message.Sprintf("simd.TileColumns: a has %d elements, %d panels of stride %d are needed", len(p.A), panels, p.Panel))
	}
	checkFactors("simd.TileColumns", len(p.A), 0, (panels-1)*p.Panel+mr-1, p.Segs, p.Length, p.Stride, len(p.B), p.LDB, PanelWidth[T](p.Cols))
}

// checkFactors panics unless a holds the segments of rows that begin between lo
// and hi, and b the rows that they meet.
func checkFactors(name string, a, lo, hi int, segs []int, length, stride, b, ldb, width int) {
	first, last := extent(segs)
	// lo ≤ ^first means lo + first < 0, and a sum that overflows is negative.
	if end := hi + last; lo <= ^first || end < 0 || length > rowsIn(a-end, 1, stride) {
		panic(message.Sprintf("%s: a has %d elements, %d steps of %d from %d + %d to %d + %d are needed", name, a, length, stride, lo, first, hi, last))
	}
	if length > rowsIn(b, width, ldb)/len(segs) {
		panic(message.Sprintf("%s: b has %d elements, %d·%d rows of stride %d and %d columns are needed", name, b, len(segs), length, ldb, width))
	}
}

// extent returns the least and the largest of x, by four independent chains.
func extent(x []int) (lo, hi int) {
	lo, hi = x[0], x[0]
	lo1, hi1, lo2, hi2, lo3, hi3 := lo, hi, lo, hi, lo, hi
	for ; len(x) >= 4; x = x[4:] {
		lo, hi = min(lo, x[0]), max(hi, x[0])
		lo1, hi1 = min(lo1, x[1]), max(hi1, x[1])
		lo2, hi2 = min(lo2, x[2]), max(hi2, x[2])
		lo3, hi3 = min(lo3, x[3]), max(hi3, x[3])
	}
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	return min(lo, lo1, lo2, lo3), max(hi, hi1, hi2, hi3)
}

// plainRows is TileRows in plain Go.
func plainRows[T Float](p *RowTiles[T]) {
	for i, to := range p.To {
		plainRow(p.C[to:to+p.Cols], p.A, p.From[i], p.Segs, p.Length, 1, p.B, PanelWidth[T](p.Cols), p.Accumulate)
	}
}

// plainColumns is TileColumns in plain Go.
func plainColumns[T Float](p *ColumnTiles[T]) {
	mr := MR[T]()
	for i := range p.Rows {
		plainRow(p.C[i*p.LDC:i*p.LDC+p.Cols], p.A, i/mr*p.Panel+i%mr, p.Segs, p.Length, p.Stride, p.B, p.LDB, p.Accumulate)
	}
}

// plainRow computes a row of a tile, eight columns at a time, or four where no more are
// left: as many as there are registers for. B has whole panels, so it reads no further
// than that.
func plainRow[T Float](c, a []T, from int, segs []int, length, stride int, b []T, ldb int, accumulate bool) {
	for len(c) > 4 {
		sums := plainEight(a, from, segs, length, stride, b, ldb)
		n := min(len(c), len(sums))
		put(c[:n], sums[:], accumulate)
		c, b = c[n:], b[min(n, len(b)):]
	}
	if len(c) > 0 {
		sums := plainFour(a, from, segs, length, stride, b, ldb)
		put(c, sums[:], accumulate)
	}
}

// put stores sums in c, or adds them.
func put[T Float](c, sums []T, accumulate bool) {
	if !accumulate {
		copy(c, sums)
		return
	}
	for j := range c {
		c[j] += sums[j]
	}
}

// plainEight returns the sums of eight columns. Each has a variable of its own, so that
// it stays in a register.
func plainEight[T Float](a []T, from int, segs []int, length, stride int, b []T, ldb int) [8]T {
	var s0, s1, s2, s3, s4, s5, s6, s7 T
	row := 0
	for _, seg := range segs {
		at := from + seg
		for range length {
			x, y := a[at], (*[8]T)(b[row:])
			s0 += T(x * y[0])
			s1 += T(x * y[1])
			s2 += T(x * y[2])
			s3 += T(x * y[3])
			s4 += T(x * y[4])
			s5 += T(x * y[5])
			s6 += T(x * y[6])
			s7 += T(x * y[7])
			at += stride
			row += ldb
		}
	}
	return [8]T{s0, s1, s2, s3, s4, s5, s6, s7}
}

// plainFour is plainEight for four columns.
func plainFour[T Float](a []T, from int, segs []int, length, stride int, b []T, ldb int) [4]T {
	var s0, s1, s2, s3 T
	row := 0
	for _, seg := range segs {
		at := from + seg
		for range length {
			x, y := a[at], (*[4]T)(b[row:])
			s0 += T(x * y[0])
			s1 += T(x * y[1])
			s2 += T(x * y[2])
			s3 += T(x * y[3])
			at += stride
			row += ldb
		}
	}
	return [4]T{s0, s1, s2, s3}
}
