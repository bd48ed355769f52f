//go:build amd64 && !purego

package simd

import "unsafe"

// tileCall is TileArgs as the assembly reads it; strides but for the segments' and
// rows' offsets are in bytes. Segs and count are used up.
type tileCall struct {
	a                     unsafe.Pointer
	rows, segs            *int
	count, length, stride int
	b                     unsafe.Pointer
	ldb                   int
	c                     unsafe.Pointer
	ldc                   int
	accumulate            int
}

// asmTile is plainTile in assembly, for a level above Generic and a sum that is
// not empty.
func asmTile[T Float](p *TileArgs[T]) {
	size := int(unsafe.Sizeof(T(0)))
	call := tileCall{
		a: unsafe.Pointer(unsafe.SliceData(p.A)), rows: &p.Rows[0], segs: &p.Segs[0],
		count: len(p.Segs), length: p.Length, stride: p.Stride * size,
		b: unsafe.Pointer(unsafe.SliceData(p.B)), ldb: p.LDB * size,
		c: unsafe.Pointer(unsafe.SliceData(p.C)), ldc: p.LDC * size,
	}
	if p.Accumulate {
		call.accumulate = 1
	}
	arg := (*byte)(unsafe.Pointer(&call))
	wide := p.Cols == NR[T]()
	switch {
	case size == 4 && level == AVX512 && wide:
		tileF32AVX512x2(arg)
	case size == 4 && level == AVX512:
		tileF32AVX512x1(arg)
	case size == 4 && wide:
		tileF32AVX2x2(arg)
	case size == 4:
		tileF32AVX2x1(arg)
	case level == AVX512 && wide:
		tileF64AVX512x2(arg)
	case level == AVX512:
		tileF64AVX512x1(arg)
	case wide:
		tileF64AVX2x2(arg)
	default:
		tileF64AVX2x1(arg)
	}
}
