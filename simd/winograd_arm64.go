//go:build arm64 && !purego

package simd

import "unsafe"

// asmWinogradInput is plainWinogradInput in assembly, for a level above Generic and
// tiles > 0.
func asmWinogradInput[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	if size == 4 {
		winogradInputF32NEON(to, from, plane*size, width*size, tiles, c*size)
	} else {
		winogradInputF64NEON(to, from, plane*size, width*size, tiles, c*size)
	}
}

// asmWinogradOutput is plainWinogradOutput in assembly, for a level above Generic and
// tiles > 0.
func asmWinogradOutput[T Float](dst []T, width int, src []T, plane, tiles, c int, update Update) {
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	switch {
	case size == 4 && update == Accumulate:
		winogradOutputAddF32NEON(to, from, plane*size, width*size, tiles, c*size)
	case size == 4:
		winogradOutputF32NEON(to, from, plane*size, width*size, tiles, c*size)
	case update == Accumulate:
		winogradOutputAddF64NEON(to, from, plane*size, width*size, tiles, c*size)
	default:
		winogradOutputF64NEON(to, from, plane*size, width*size, tiles, c*size)
	}
}

// asmWinogradGrad is plainWinogradGrad in assembly, for a level above Generic and
// tiles > 0.
func asmWinogradGrad[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0]))
	if size == 4 {
		winogradGradF32NEON(to, from, plane*size, width*size, tiles, c*size)
	} else {
		winogradGradF64NEON(to, from, plane*size, width*size, tiles, c*size)
	}
}
