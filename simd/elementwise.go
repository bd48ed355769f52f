package simd

import (
	"math"

	"entrec/internal/message"
)

//go:generate sh -c "cd _asm && go run ./vec -family elementwise -out ../elementwise_amd64.s -stubs ../elementwise_stub_amd64.go -pkg simd"

// The functions of this file compute each element by itself. All slices must have one
// length, or they panic. dst may be one of the others, but must not overlap one at an
// offset.

// Add stores x + y in dst. EXACT.
func Add[T Float](dst, x, y []T) {
	sameLength("Add", len(dst), len(x), len(y))
	add(dst, x, y)
}

func addPlain[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

// Sub stores x − y in dst. EXACT.
func Sub[T Float](dst, x, y []T) {
	sameLength("Sub", len(dst), len(x), len(y))
	sub(dst, x, y)
}

func subPlain[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}

// Mul stores x·y in dst. EXACT.
func Mul[T Float](dst, x, y []T) {
	sameLength("Mul", len(dst), len(x), len(y))
	mul(dst, x, y)
}

func mulPlain[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

// Div stores x/y in dst. EXACT.
func Div[T Float](dst, x, y []T) {
	sameLength("Div", len(dst), len(x), len(y))
	div(dst, x, y)
}

func divPlain[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] / y[i]
	}
}

// Sqrt stores √x in dst, NaN where x < 0. EXACT.
func Sqrt[T Float](dst, x []T) {
	sameLength("Sqrt", len(dst), len(x))
	sqrt(dst, x)
}

// The square root of a float32, rounded to float64 and then to float32, is correctly
// rounded.
func sqrtPlain[T Float](dst, x []T) {
	for i := range dst {
		dst[i] = T(math.Sqrt(float64(x[i])))
	}
}

// Scale stores x·a in dst. EXACT.
func Scale[T Float](dst, x []T, a T) {
	sameLength("Scale", len(dst), len(x))
	scale(dst, x, a)
}

func scalePlain[T Float](dst, x []T, a T) {
	for i := range dst {
		dst[i] = x[i] * a
	}
}

// AddScalar stores x + a in dst. EXACT.
func AddScalar[T Float](dst, x []T, a T) {
	sameLength("AddScalar", len(dst), len(x))
	addScalar(dst, x, a)
}

func addScalarPlain[T Float](dst, x []T, a T) {
	for i := range dst {
		dst[i] = x[i] + a
	}
}

// Axpy adds a·x to dst; the product is rounded before it is added. EXACT.
func Axpy[T Float](dst []T, a T, x []T) {
	sameLength("Axpy", len(dst), len(x))
	axpy(dst, a, x)
}

func axpyPlain[T Float](dst []T, a T, x []T) {
	for i := range dst {
		dst[i] += T(a * x[i])
	}
}

// Lerp stores m·dst + (1−m)·x in dst, as an exponential moving average does. EXACT.
func Lerp[T Float](dst []T, m T, x []T) {
	sameLength("Lerp", len(dst), len(x))
	lerp(dst, m, 1-m, x)
}

func lerpPlain[T Float](dst []T, m, rest T, x []T) {
	for i := range dst {
		dst[i] = T(m*dst[i]) + T(rest*x[i])
	}
}

// ReLU stores max(x, 0) in dst; NaN stays, and so does −0. EXACT.
func ReLU[T Float](dst, x []T) {
	sameLength("ReLU", len(dst), len(x))
	relu(dst, x)
}

func reluPlain[T Float](dst, x []T) {
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// ReLUGrad stores g in dst where y > 0, and 0 elsewhere: the gradient of ReLU's
// argument (or result) y from that of its result. EXACT.
func ReLUGrad[T Float](dst, y, g []T) {
	sameLength("ReLUGrad", len(dst), len(y), len(g))
	reluGrad(dst, y, g)
}

func reluGradPlain[T Float](dst, y, g []T) {
	for i, v := range y {
		if v > 0 {
			dst[i] = g[i]
		} else {
			dst[i] = 0
		}
	}
}

// sameLength panics unless all lengths are n.
func sameLength(name string, n int, lengths ...int) {
	for _, l := range lengths {
		if l != n {
			panic(message.Sprintf("simd.%s: slices of %d and %d elements", name, n, l))
		}
	}
}
