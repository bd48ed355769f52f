package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// BenchmarkKernels runs each kernel at each level on a matrix of 24×32, whose
// slices, at most 26 KB together, stay in the first-level cache. GB/s counts each slice
// once.
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
	number, elements := 0, 0
	slices := func(kinds string) (all [][]T) {
		for _, kind := range kinds {
			n := 32
			if kind == 'm' {
				n *= 24
			}
			x := make([]T, n)
			for i := range x {
				x[i] = value(number, i)
			}
			all = append(all, x)
			number++
			elements += n
		}
		return all
	}
	out, in := slices(k.out), slices(k.in)
	s := make([]T, k.scalars)
	for i := range s {
		s[i] = 0.5
	}
	for b.Loop() {
		k.run(out, in, s)
	}
	reportBytes[T](b, elements)
}

// reportBytes reports the GB/s of a benchmark that treats n elements a turn.
func reportBytes[T Float](b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(unsafe.Sizeof(T(0)))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GB/s")
}

// BenchmarkPackB packs the weights of three convolutions of a ResNet-18, as matrices.
// GB/s counts the matrix and its panels.
func BenchmarkPackB(b *testing.B) {
	for _, l := range Levels() {
		for _, s := range []struct{ k, n int }{{27, 64}, {576, 64}, {4608, 512}} {
			for _, trans := range []Transpose{NoTrans, Trans} {
				name := fmt.Sprintf("%dx%d/trans=%v/%v", s.k, s.n, trans, l)
				b.Run("f32/"+name, func(b *testing.B) { benchPackB[float32](b, l, trans, s.k, s.n) })
				b.Run("f64/"+name, func(b *testing.B) { benchPackB[float64](b, l, trans, s.k, s.n) })
			}
		}
	}
}

func benchPackB[T Float](b *testing.B, l Level, trans Transpose, k, n int) {
	defer Force(l)()
	x, dst := random[T](rand.New(rand.NewPCG(1, 1)), k*n), make([]T, PackedSize[T](k, n))
	ld := n
	if trans {
		ld = k
	}
	for b.Loop() {
		PackB(dst, trans, k, n, x, ld)
	}
	reportBytes[T](b, len(x)+len(dst))
}
