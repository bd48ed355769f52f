package simd

import (
	"encoding/binary"
	"math"
	"testing"
	"unsafe"
)

// The fuzz targets take bytes for the bits of numbers, so that any number occurs
// anywhere, and hold all levels against plain Go, as workload.compare does. There is
// one for each file of kernels.

func FuzzElementwise(f *testing.F) { fuzzKernels(f, "elementwise") }
func FuzzReduce(f *testing.F)      { fuzzKernels(f, "reduce") }
func FuzzColumns(f *testing.F)     { fuzzKernels(f, "columns") }
func FuzzOptimizer(f *testing.F)   { fuzzKernels(f, "optimizer") }
func FuzzExp(f *testing.F)         { fuzzKernels(f, "exp") }
func FuzzLog(f *testing.F)         { fuzzKernels(f, "log") }
func FuzzTanh(f *testing.F)        { fuzzKernels(f, "tanh") }
func FuzzGELU(f *testing.F)        { fuzzKernels(f, "gelu") }
func FuzzSoftmax(f *testing.F)     { fuzzKernels(f, "softmax") }

func fuzzKernels(f *testing.F, file string) {
	var seed []byte
	for i, v := range specials[float32]() {
		seed = binary.LittleEndian.AppendUint32(seed, math.Float32bits(v))
		seed = binary.LittleEndian.AppendUint32(seed, math.Float32bits(float32(i)/3))
	}
	f.Add(seed, uint8(1), uint8(37), uint8(0))
	seed = nil
	for i, v := range specials[float64]() {
		seed = binary.LittleEndian.AppendUint64(seed, math.Float64bits(v))
		seed = binary.LittleEndian.AppendUint64(seed, math.Float64bits(float64(i)/3))
	}
	f.Add(seed, uint8(3), uint8(100), uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, rows, cols, offset uint8) {
		if len(data) < 8 {
			return
		}
		fuzz(t, kernelCases[float32](), file, data, rows, cols, offset)
		fuzz(t, kernelCases[float64](), file, data, rows, cols, offset)
	})
}

func fuzz[T Float](t *testing.T, kernels []kernelCase[T], file string, data []byte, rows, cols, offset uint8) {
	pool := numbersIn[T](data)
	w := workload[T]{rows: 1 + int(rows)%3, cols: int(cols) % 100, offset: int(offset) % 16,
		value: func(k, i int) T { return pool[(i+k*(1+len(pool)/3))%len(pool)] }}
	for _, k := range kernels {
		if k.file == file {
			w.compare(t, k)
		}
	}
}

// numbersIn returns the numbers whose bits data has.
func numbersIn[T Float](data []byte) []T {
	size := int(unsafe.Sizeof(T(0)))
	all := make([]T, len(data)/size)
	for i := range all {
		switch p := any(&all[i]).(type) {
		case *float32:
			*p = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		case *float64:
			*p = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}
	return all
}
