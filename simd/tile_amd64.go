//go:build amd64 && !purego

package simd

import "unsafe"

// tileCall is RowTiles or ColumnTiles as the assembly reads it: sizes and strides
// of a, b and c are in bytes, but offsets in lists in elements.
type tileCall struct {
	a                     unsafe.Pointer
	from, to              *int
	panel, rows           int
	segs                  *int
	count, length, stride int
	b                     unsafe.Pointer
	ldb                   int
	c                     unsafe.Pointer
	ldc                   int
	accumulate, masked    int
	mask                  unsafe.Pointer
	next                  unsafe.Pointer
	nextBytes             int
}

// columnMasks are the masks of a vector's first columns: for AVX-512 a bit each,
// for AVX2 a sign bit in 32 or 64 bits each, in a window on maskWindow.
var (
	columnMasks [17]uint16
	maskWindow  [16]int32
)

func init() {
	for i := range columnMasks {
		columnMasks[i] = uint16(1<<i - 1)
	}
	for i := range 8 {
		maskWindow[i] = -1
	}
}

// setColumns prepares the mask for the last of the columns.
func (c *tileCall) setColumns(cols, width, size int) {
	if cols == width {
		return
	}
	c.masked = 1
	if level == AVX512 {
		lanes := 64 / size
		c.mask = unsafe.Pointer(&columnMasks[cols-(width-lanes)])
		return
	}
	lanes := 32 / size
	c.mask = unsafe.Pointer(&maskWindow[8-(cols-(width-lanes))*size/4])
}

// prefetched returns what the kernel prefetches and how many bytes: the next B, or,
// where that is empty, the first cache line of the present one.
func prefetched[T Float](now unsafe.Pointer, next []T) (unsafe.Pointer, int) {
	if len(next) == 0 {
		return now, 0
	}
	return unsafe.Pointer(&next[0]), len(next) * int(unsafe.Sizeof(next[0]))
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// asmRows is plainRows in assembly, for a level above Generic and a sum that is
// not empty.
func asmRows[T Float](p *RowTiles[T]) {
	size := int(unsafe.Sizeof(T(0)))
	width := PanelWidth[T](p.Cols)
	call := tileCall{
		a: unsafe.Pointer(unsafe.SliceData(p.A)), from: &p.From[0], to: &p.To[0], rows: len(p.To),
		segs: &p.Segs[0], count: len(p.Segs), length: p.Length,
		b: unsafe.Pointer(unsafe.SliceData(p.B)), c: unsafe.Pointer(unsafe.SliceData(p.C)),
		accumulate: flag(p.Accumulate), panel: p.Prefetch * size,
	}
	panel := len(p.Segs) * p.Length * width
	call.next, call.nextBytes = prefetched(call.b, p.B[panel:min(2*panel, len(p.B))])
	call.setColumns(p.Cols, width, size)
	arg := (*byte)(unsafe.Pointer(&call))
	wide := width == NR[T]()
	switch {
	case size == 4 && level == AVX512 && wide:
		rowTileF32AVX512x2(arg)
	case size == 4 && level == AVX512:
		rowTileF32AVX512x1(arg)
	case size == 4 && wide && p.Prefetch != 0:
		prefetchingRowTileF32AVX2x2(arg)
	case size == 4 && wide:
		rowTileF32AVX2x2(arg)
	case size == 4:
		rowTileF32AVX2x1(arg)
	case level == AVX512 && wide:
		rowTileF64AVX512x2(arg)
	case level == AVX512:
		rowTileF64AVX512x1(arg)
	case wide && p.Prefetch != 0:
		prefetchingRowTileF64AVX2x2(arg)
	case wide:
		rowTileF64AVX2x2(arg)
	default:
		rowTileF64AVX2x1(arg)
	}
}

// asmColumns is plainColumns in assembly, for a level above Generic and a sum
// that is not empty.
func asmColumns[T Float](p *ColumnTiles[T]) {
	size := int(unsafe.Sizeof(T(0)))
	width := PanelWidth[T](p.Cols)
	call := tileCall{
		a: unsafe.Pointer(unsafe.SliceData(p.A)), panel: p.Panel * size, rows: p.Rows,
		segs: &p.Segs[0], count: len(p.Segs), length: p.Length, stride: p.Stride * size,
		b: unsafe.Pointer(unsafe.SliceData(p.B)), ldb: p.LDB * size,
		c: unsafe.Pointer(unsafe.SliceData(p.C)), ldc: p.LDC * size,
		accumulate: flag(p.Accumulate),
	}
	call.next, call.nextBytes = prefetched(call.b, p.Next)
	call.setColumns(p.Cols, width, size)
	arg := (*byte)(unsafe.Pointer(&call))
	wide := width == NR[T]()
	switch {
	case size == 4 && level == AVX512 && wide:
		columnTileF32AVX512x2(arg)
	case size == 4 && level == AVX512:
		columnTileF32AVX512x1(arg)
	case size == 4 && wide:
		columnTileF32AVX2x2(arg)
	case size == 4:
		columnTileF32AVX2x1(arg)
	case level == AVX512 && wide:
		columnTileF64AVX512x2(arg)
	case level == AVX512:
		columnTileF64AVX512x1(arg)
	case wide:
		columnTileF64AVX2x2(arg)
	default:
		columnTileF64AVX2x1(arg)
	}
}

// asmTranspose is plainTranspose for 2 or 4 rows, at a level above Generic.
func asmTranspose[T Float](dst []T, width int, src []T, ld, rows, n int) {
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	switch {
	case size == 4 && rows == 4:
		transposeF324AVX(to, from, width*size, ld*size, n)
	case size == 4:
		transposeF322AVX(to, from, width*size, ld*size, n)
	case rows == 4:
		transposeF644AVX(to, from, width*size, ld*size, n)
	default:
		transposeF642AVX(to, from, width*size, ld*size, n)
	}
}

// asmCopyRows copies n rows of a panel's width, at a level above Generic.
func asmCopyRows[T Float](dst []T, width int, src []T, ld, n int) {
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	switch wide := width == NR[T](); {
	case level == AVX512 && wide:
		copyRowsAVX512x2(to, from, ld*size, n)
	case level == AVX512:
		copyRowsAVX512x1(to, from, ld*size, n)
	case wide:
		copyRowsAVX2x2(to, from, ld*size, n)
	default:
		copyRowsAVX2x1(to, from, ld*size, n)
	}
}
