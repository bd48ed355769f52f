package simd

import "math"

func map1[T Float](dst, x []T, f func(a float64) float64) {
	for i := range dst {
		dst[i] = T(f(float64(x[i])))
	}
}
func zip2[T Float](dst, x, y []T, f func(a, b T) T) {
	for i := range dst {
		dst[i] = f(x[i], y[i])
	}
}

func Log[T Float](dst, x []T) { map1(dst, x, math.Log) }

func Tanh[T Float](dst, x []T) { map1(dst, x, math.Tanh) }

func Erf[T Float](dst, x []T) { map1(dst, x, math.Erf) }

func GELU[T Float](dst, x []T) {
	map1(dst, x, func(v float64) float64 { return 0.5 * v * (1 + math.Erf(v/math.Sqrt2)) })
}

func GELUGrad[T Float](dst, x, g []T) {
	zip2(dst, x, g, func(a, b T) T {
		v := float64(a)
		return T(float64(b) * (0.5*(1+math.Erf(v/math.Sqrt2)) + v*math.Exp(-v*v/2)/math.Sqrt(2*math.Pi)))
	})
}

func GELUTanh[T Float](dst, x []T) {
	map1(dst, x, func(v float64) float64 {
		return 0.5 * v * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
	})
}

func GELUTanhGrad[T Float](dst, x, g []T) {
	zip2(dst, x, g, func(a, b T) T {
		v := float64(a)
		k := math.Sqrt(2 / math.Pi)
		t := math.Tanh(k * (v + 0.044715*v*v*v))
		return T(float64(b) * (0.5*(1+t) + 0.5*v*(1-t*t)*k*(1+3*0.044715*v*v)))
	})
}
