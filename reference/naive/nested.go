package naive

import (
	"fmt"

	"entrec/reference/golden"
)

// rowsOf returns the array, of rank 2, as its rows; memory is shared.
func rowsOf(a *golden.Array) [][]float64 { return cut(a.Data, a.Shape[0], a.Shape[1]) }

// blocksOf returns the array's values as n·c blocks of equal length; memory is
// shared.
func blocksOf(a *golden.Array, n, c int) [][][]float64 {
	return fold(cut(a.Data, n*c, len(a.Data)/(n*c)), n, c)
}

// imagesOf returns the array, of rank 4, as nested slices; memory is shared.
func imagesOf(a *golden.Array) [][][][]float64 {
	s := a.Shape
	return fold(fold(cut(a.Data, s[0]*s[1]*s[2], s[3]), s[0]*s[1], s[2]), s[0], s[1])
}

func cut(data []float64, n, d int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = data[i*d : (i+1)*d]
	}
	return rows
}

func fold[T any](list []T, n, d int) [][]T {
	groups := make([][]T, n)
	for i := range groups {
		groups[i] = list[i*d : (i+1)*d]
	}
	return groups
}

// newRows returns zeros (n, d).
func newRows(n, d int) [][]float64 { return cut(make([]float64, n*d), n, d) }

// newBlocks returns zeros (n, c, d).
func newBlocks(n, c, d int) [][][]float64 { return fold(newRows(n*c, d), n, c) }

// newImages returns zeros (n, c, h, w).
func newImages(n, c, h, w int) [][][][]float64 { return fold(newBlocks(n*c, h, w), n, c) }

// flatten returns the values of nested slices in row-major order.
func flatten(v any) []float64 {
	switch v := v.(type) {
	case float64:
		return []float64{v}
	case []float64:
		return v
	case [][]float64:
		return flattenEach(v)
	case [][][]float64:
		return flattenEach(v)
	case [][][][]float64:
		return flattenEach(v)
	}
	panic(fmt.Sprintf("naive: %T is not nested slices of float64", v))
}

func flattenEach[T any](list []T) (out []float64) {
	for _, v := range list {
		out = append(out, flatten(v)...)
	}
	return out
}

// shapeOf returns the shape of nested slices.
func shapeOf(v any) []int {
	switch v := v.(type) {
	case []float64:
		return []int{len(v)}
	case [][]float64:
		return append([]int{len(v)}, shapeOf(v[0])...)
	case [][][]float64:
		return append([]int{len(v)}, shapeOf(v[0])...)
	case [][][][]float64:
		return append([]int{len(v)}, shapeOf(v[0])...)
	}
	return []int{}
}

// each calls f for every index of the images, in row-major order.
func each(images [][][][]float64, f func(n, c, i, j int)) {
	for n := range images {
		for c := range images[n] {
			for i := range images[n][c] {
				for j := range images[n][c][i] {
					f(n, c, i, j)
				}
			}
		}
	}
}
