//go:build (!amd64 && !arm64) || purego

package simd

// As in tile_generic.go, these stand for calls that never happen.

func asmWinogradInput[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	plainWinogradInput(dst, plane, src, width, tiles, c)
}

func asmWinogradOutput[T Float](dst []T, width int, src []T, plane, tiles, c int, update Update) {
	plainWinogradOutput(dst, width, src, plane, tiles, c, update)
}

func asmWinogradGrad[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	plainWinogradGrad(dst, plane, src, width, tiles, c)
}
