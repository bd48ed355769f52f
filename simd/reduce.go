package simd

import (
	"math"
	"unsafe"
)

//go:generate sh -c "cd _asm && go run ./vec -family reduce -out ../reduce_amd64.s -stubs ../reduce_stub_amd64.go -pkg simd"

// sumBlock is how many elements are summed in T before the sum goes on in float64.
const sumBlock = 4096

// partials is how many partial sums of float32 a block has, four cache lines of them;
// of float64 it has half as many.
const partials = 64

// Sum returns Σ x, and 0 for none.
//
// Each 4,096 elements are summed in T: element i is added to the partial sum
// i mod 64 (32 for float64), in order; then the upper half of the partial sums is
// added to the lower until one is left. The blocks' sums are added in float64. So
// the result is off by at most 70·ε/2·Σ|x|, and EXACT.
func Sum[T Float](x []T) T {
	s := 0.0
	for ; len(x) > sumBlock; x = x[sumBlock:] {
		s += float64(sum(x[:sumBlock]))
	}
	return T(s + float64(sum(x)))
}

func sumPlain[T Float](x []T) T {
	var p [partials]T
	n := partialsOf[T](len(x))
	for i, v := range x {
		p[i&(n-1)] += v
	}
	return fold(p[:n])
}

// Dot returns Σ x·y. The products are rounded, then added as [Sum] does. EXACT. It
// panics where lengths differ.
func Dot[T Float](x, y []T) T {
	sameLength("Dot", len(x), len(y))
	s := 0.0
	for ; len(x) > sumBlock; x, y = x[sumBlock:], y[sumBlock:] {
		s += float64(dot(x[:sumBlock], y[:sumBlock]))
	}
	return T(s + float64(dot(x, y)))
}

func dotPlain[T Float](x, y []T) T {
	var p [partials]T
	n := partialsOf[T](len(x))
	for i, v := range x {
		p[i&(n-1)] += T(v * y[i])
	}
	return fold(p[:n])
}

// partialsOf returns how many partial sums a number of elements needs. For few elements
// the others would be 0, which changes nothing.
func partialsOf[T Float](elements int) int {
	n := 4 * partials / int(unsafe.Sizeof(T(0)))
	for n/2 >= max(elements, 1) {
		n /= 2
	}
	return n
}

// fold adds the upper half of p to the lower until one element is left.
func fold[T Float](p []T) T {
	for h := len(p) / 2; h > 0; h /= 2 {
		for i := range h {
			p[i] += p[i+h]
		}
	}
	return p[0]
}

// Max returns the largest of x: NaN if there is one, −Inf for none, +0 where zeros
// of either sign are the largest. EXACT.
func Max[T Float](x []T) T { return maximum(x) + 0 }

func maximumPlain[T Float](x []T) T {
	m := T(math.Inf(-1))
	for _, v := range x {
		if v > m || v != v { // m stays NaN
			m = v
		}
	}
	return m
}
