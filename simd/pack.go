package simd

import "entrec/internal/message"

// PackedSize returns the length of what [PackB] packs.
func PackedSize[T Float](k, n int) int { return k * packedWidth[T](n) }

// packedWidth returns how many columns the panels of n columns have together.
func packedWidth[T Float](n int) int {
	rest := n % NR[T]()
	if rest == 0 {
		return n
	}
	return n - rest + PanelWidth[T](rest)
}

// PackB packs op(b), k×n, for [GemmPacked]: in panels of [NR] columns, the last
// [PanelWidth] of its columns wide and filled up with zeros, panel p at
// dst[p·k·NR:], row after row. op transposes where trans is [Trans]: b then is n×k. Rows
// of b are ldb apart.
func PackB[T Float](dst []T, trans Transpose, k, n int, b []T, ldb int) {
	nr := NR[T]()
	checkMatrix("simd.PackB", trans, k, n, b, ldb)
	if size := PackedSize[T](k, n); len(dst) < size {
		panic(message.Sprintf("simd.PackB: %d elements for %d×%d, %d are needed", len(dst), k, n, size))
	}
	if k == 0 {
		return
	}
	for j := 0; j < n; j += nr {
		cols := min(nr, n-j)
		width := PanelWidth[T](cols)
		panel := dst[j*k : (j+width)*k]
		if trans == Trans {
			packRows(panel, width, b[j*ldb:], ldb, cols, k)
		} else {
			packColumns(panel, width, b[j:], ldb, cols, k)
		}
	}
}

// packRows stores rows of n elements, which are ld apart, as columns of a panel of
// the given width, and zeros in the columns that are left.
func packRows[T Float](panel []T, width int, src []T, ld, rows, n int) {
	if rows < width {
		clear(panel[:width*n])
	}
	if level == Generic {
		plainTranspose(panel, width, src, ld, rows, n)
		return
	}
	r := 0
	for ; rows-r >= 4; r += 4 {
		asmTranspose(panel[r:], width, src[r*ld:r*ld+3*ld+n], ld, 4, n)
	}
	for ; rows-r >= 2; r += 2 {
		asmTranspose(panel[r:], width, src[r*ld:r*ld+ld+n], ld, 2, n)
	}
	if r < rows {
		plainTranspose(panel[r:], width, src[r*ld:], ld, 1, n)
	}
}

// packColumns stores n rows of cols elements, which are ld apart, as rows of a
// panel of the given width, and zeros in the columns that are left.
func packColumns[T Float](panel []T, width int, src []T, ld, cols, n int) {
	if cols == width && level != Generic && (width == NR[T]() || 2*width == NR[T]()) {
		_, _ = panel[width*n-1], src[(n-1)*ld+width-1]
		asmCopyRows(panel, width, src, ld, n)
		return
	}
	if cols < width {
		clear(panel[:width*n])
	}
	plainCopyRows(panel, width, src, ld, cols, n)
}

// plainTranspose stores src[r·ld + i] in dst[i·width + r], r < rows, i < n.
func plainTranspose[T Float](dst []T, width int, src []T, ld, rows, n int) {
	for r := range rows {
		for i, v := range src[r*ld : r*ld+n] {
			dst[i*width+r] = v
		}
	}
}

// plainCopyRows stores src[i·ld + j] in dst[i·width + j], i < n, j < cols.
func plainCopyRows[T Float](dst []T, width int, src []T, ld, cols, n int) {
	for i := range n {
		copy(dst[i*width:i*width+cols], src[i*ld:])
	}
}
