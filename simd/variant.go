//go:build (amd64 || arm64) && !purego

package simd

import "unsafe"

// variant says which of a kernel's functions runs: a level and the size of an
// element.
type variant int

const (
	f32AVX2   = variant(AVX2)<<4 | 4
	f32AVX512 = variant(AVX512)<<4 | 4
	f64AVX2   = variant(AVX2)<<4 | 8
	f64AVX512 = variant(AVX512)<<4 | 8
	f32NEON   = variant(NEON)<<4 | 4
	f64NEON   = variant(NEON)<<4 | 8
)

func variantOf[T Float]() variant { return variant(level)<<4 | variant(unsafe.Sizeof(T(0))) }

// as32 and as64 return x under the name that its type has where T is known to be
// float32, or float64.
func as32[T Float](x []T) []float32 { return *(*[]float32)(unsafe.Pointer(&x)) }
func as64[T Float](x []T) []float64 { return *(*[]float64)(unsafe.Pointer(&x)) }
