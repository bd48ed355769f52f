//go:build (!amd64 && !arm64) || purego

package simd

// The assembly's twins are called directly where there is no level above Generic;
// these stand for calls that never happen.

func asmRows[T Float](p *RowTiles[T]) { plainRows(p) }

func asmColumns[T Float](p *ColumnTiles[T]) { plainColumns(p) }

func asmTranspose[T Float](dst []T, width int, src []T, ld, rows, n int) {
	plainTranspose(dst, width, src, ld, rows, n)
}

func asmCopyRows[T Float](dst []T, width int, src []T, ld, n int) {
	plainCopyRows(dst, width, src, ld, width, n)
}
