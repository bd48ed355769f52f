package autograd

import "math"

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }

// maxFloat returns the largest finite T.
func maxFloat[T Float]() T {
	limit := math.MaxFloat64
	if _, single := any(T(0)).(float32); single {
		limit = math.MaxFloat32
	}
	return T(limit)
}

// divide stores x/by in dst, rounding once.
func divide[T Float](dst, x []T, by T) {
	for i, v := range x {
		dst[i] = v / by
	}
}
