package simd

import (
	"testing"
	"unsafe"
)

// BenchmarkKernels runs each kernel at each level on a matrix of 64×32, whose
// slices stay in the first-level cache. MB/s counts each slice once.
func BenchmarkKernels(b *testing.B) {
	for _, k := range kernelCases[float32]() {
		for _, l := range Levels() {
			b.Run("f32/"+k.name+"/"+l.String(), func(b *testing.B) { benchmarkKernel(b, k, l) })
		}
	}
	for _, k := range kernelCases[float64]() {
		for _, l := range Levels() {
			b.Run("f64/"+k.name+"/"+l.String(), func(b *testing.B) { benchmarkKernel(b, k, l) })
		}
	}
}

func benchmarkKernel[T Float](b *testing.B, k kernelCase[T], l Level) {
	defer Force(l)()
	value := numbers[T](5)
	number, bytes := 0, 0
	slices := func(kinds string) (all [][]T) {
		for _, kind := range kinds {
			n := 32
			if kind == 'm' {
				n *= 64
			}
			x := make([]T, n)
			for i := range x {
				x[i] = value(number, i)
			}
			all = append(all, x)
			number++
			bytes += n
		}
		return all
	}
	out, in := slices(k.out), slices(k.in)
	s := make([]T, k.scalars)
	for i := range s {
		s[i] = 0.5
	}
	b.SetBytes(int64(bytes) * int64(unsafe.Sizeof(T(0))))
	for b.Loop() {
		k.run(out, in, s)
	}
}
