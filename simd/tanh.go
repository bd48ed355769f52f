package simd

import "math"

//go:generate sh -c "cd _asm && go run ./vec -family tanh -out ../tanh_amd64.s -stubs ../tanh_stub_amd64.go -pkg simd"

// Tanh stores the hyperbolic tangent of x in dst. APPROX(3): 2.5 for float32 and 2.2
// for float64 measured.
func Tanh[T Float](dst, x []T) {
	sameLength("Tanh", len(dst), len(x))
	tanh(dst, x)
}

func tanhPlain[T Float](dst, x []T) {
	for i, v := range x {
		dst[i] = T(math.Tanh(float64(v)))
	}
}
