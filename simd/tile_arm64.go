//go:build arm64 && !purego

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
	accumulate            int
}

// asmRows is plainRows in assembly, for a sum that is not empty.
func asmRows[T Float](p *RowTiles[T]) {
	size, width := int(unsafe.Sizeof(T(0))), PanelWidth[T](p.Cols)
	call := tileCall{
		a: unsafe.Pointer(unsafe.SliceData(p.A)), from: &p.From[0], to: &p.To[0], rows: len(p.To),
		segs: &p.Segs[0], count: len(p.Segs), length: p.Length,
		b: unsafe.Pointer(unsafe.SliceData(p.B)), c: unsafe.Pointer(unsafe.SliceData(p.C)),
	}
	if p.Accumulate {
		call.accumulate = 1
	}
	if p.Cols == width {
		call.runRows(size, width)
		return
	}
	// The kernels store whole tiles: of these, what is wanted is taken.
	var tile [8 * 8]T // MR×NR at most
	var places [8]int
	for r := range places {
		places[r] = r * width
	}
	call.c, call.to, call.accumulate = unsafe.Pointer(&tile), &places[0], 0
	for i := 0; i < len(p.To); i += MR[T]() {
		call.from, call.rows = &p.From[i], min(MR[T](), len(p.To)-i)
		call.runRows(size, width)
		for r, to := range p.To[i : i+call.rows] {
			put(p.C[to:to+p.Cols], tile[r*width:], p.Accumulate)
		}
	}
}

// asmColumns is plainColumns in assembly, for a sum that is not empty.
func asmColumns[T Float](p *ColumnTiles[T]) {
	size, width := int(unsafe.Sizeof(T(0))), PanelWidth[T](p.Cols)
	call := tileCall{
		a: unsafe.Pointer(unsafe.SliceData(p.A)), panel: p.Panel * size, rows: p.Rows,
		segs: &p.Segs[0], count: len(p.Segs), length: p.Length, stride: p.Stride * size,
		b: unsafe.Pointer(unsafe.SliceData(p.B)), ldb: p.LDB * size,
		c: unsafe.Pointer(unsafe.SliceData(p.C)), ldc: p.LDC * size,
	}
	if p.Accumulate {
		call.accumulate = 1
	}
	if p.Cols == width {
		call.runColumns(size, width)
		return
	}
	var tile [8 * 8]T // MR×NR at most
	call.c, call.ldc, call.accumulate = unsafe.Pointer(&tile), width*size, 0
	for i := 0; i < p.Rows; i += MR[T]() {
		call.a, call.rows = unsafe.Pointer(&p.A[i/MR[T]()*p.Panel]), min(MR[T](), p.Rows-i)
		call.runColumns(size, width)
		for r := range call.rows {
			at := (i + r) * p.LDC
			put(p.C[at:at+p.Cols], tile[r*width:], p.Accumulate)
		}
	}
}

// runRows and runColumns call the kernel for a size of elements and a width of panels.
func (c *tileCall) runRows(size, width int) {
	arg := (*byte)(unsafe.Pointer(c))
	switch {
	case size == 4 && width == 8:
		rowTileF32NEONx2(arg)
	case size == 4:
		rowTileF32NEONx1(arg)
	default:
		rowTileF64NEONx2(arg)
	}
}

func (c *tileCall) runColumns(size, width int) {
	arg := (*byte)(unsafe.Pointer(c))
	switch {
	case size == 4 && width == 8:
		columnTileF32NEONx2(arg)
	case size == 4:
		columnTileF32NEONx1(arg)
	default:
		columnTileF64NEONx2(arg)
	}
}

// asmTranspose is plainTranspose for 2 or 4 rows; assembly has 4.
func asmTranspose[T Float](dst []T, width int, src []T, ld, rows, n int) {
	if rows != 4 {
		plainTranspose(dst, width, src, ld, rows, n)
		return
	}
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	if size == 4 {
		transposeF32NEON(to, from, width*size, ld*size, n)
	} else {
		transposeF64NEON(to, from, width*size, ld*size, n)
	}
}

// asmCopyRows copies n rows of a panel's width.
func asmCopyRows[T Float](dst []T, width int, src []T, ld, n int) {
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	if width == NR[T]() {
		copyRowsNEONx2(to, from, ld*size, n)
	} else {
		copyRowsNEONx1(to, from, ld*size, n)
	}
}
