package simd

// Stand-in for engineer VEC's files so that others compile: VEC deletes this file.

import "math"

func zip2[T Float](dst, x, y []T, f func(a, b T) T) {
	for i := range dst {
		dst[i] = f(x[i], y[i])
	}
}
func map1[T Float](dst, x []T, f func(a float64) float64) {
	for i := range dst {
		dst[i] = T(f(float64(x[i])))
	}
}
func Add[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}
func Sub[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}
func Mul[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}
func Div[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] = x[i] / y[i]
	}
}
func Sqrt[T Float](dst, x []T) { map1(dst, x, math.Sqrt) }
func Scale[T Float](dst, x []T, a T) {
	for i := range dst {
		dst[i] = x[i] * a
	}
}
func AddScalar[T Float](dst, x []T, a T) {
	for i := range dst {
		dst[i] = x[i] + a
	}
}
func Axpy[T Float](dst []T, a T, x []T) {
	for i := range dst {
		dst[i] += T(a * x[i])
	}
}
func MulAdd[T Float](dst, x, y []T) {
	for i := range dst {
		dst[i] += T(x[i] * y[i])
	}
}
func ReLU[T Float](dst, x []T) {
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}
func ReLUGrad[T Float](dst, y, g []T) {
	for i, v := range y {
		if v > 0 {
			dst[i] = g[i]
		} else {
			dst[i] = 0
		}
	}
}
func Lerp[T Float](dst []T, m T, x []T) {
	for i := range dst {
		dst[i] = T(m*dst[i]) + T((1-m)*x[i])
	}
}
func SGD[T Float](param, grad, buf []T, lr, momentum, decay T, nesterov, first bool) {
	for i, p := range param {
		g := grad[i] + T(decay*p)
		if momentum != 0 {
			if first {
				buf[i] = g
			} else {
				buf[i] = T(momentum*buf[i]) + g
			}
			if nesterov {
				g += T(momentum * buf[i])
			} else {
				g = buf[i]
			}
		}
		param[i] = p - T(lr*g)
	}
}
func Sum[T Float](x []T) (s T) {
	for _, v := range x {
		s += v
	}
	return
}
func Dot[T Float](x, y []T) (s T) {
	for i, v := range x {
		s += T(v * y[i])
	}
	return
}
func Max[T Float](x []T) T {
	m := T(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}
func Exp[T Float](dst, x []T)  { map1(dst, x, math.Exp) }
func Log[T Float](dst, x []T)  { map1(dst, x, math.Log) }
func Tanh[T Float](dst, x []T) { map1(dst, x, math.Tanh) }
func Erf[T Float](dst, x []T)  { map1(dst, x, math.Erf) }
func Sigmoid[T Float](dst, x []T) {
	map1(dst, x, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) })
}
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
func ExpSum[T Float](dst, x []T, shift T) (s T) {
	for i, v := range x {
		dst[i] = T(math.Exp(float64(v - shift)))
		s += dst[i]
	}
	return
}
func LogSumExp[T Float](x []T) T {
	m := Max(x)
	if math.IsInf(float64(m), 0) || m != m {
		return m
	}
	s := 0.0
	for _, v := range x {
		s += math.Exp(float64(v - m))
	}
	return m + T(math.Log(s))
}
func Softmax[T Float](dst, x []T) {
	s := ExpSum(dst, x, Max(x))
	Scale(dst, dst, 1/s)
}
func LogSoftmax[T Float](dst, x []T) { AddScalar(dst, x, -LogSumExp(x)) }
func ColMoments[T Float](sum, sq, x, shift []T) {
	for i := 0; i < len(x); i += len(sum) {
		for j := range sum {
			d := x[i+j] - shift[j]
			sum[j] += d
			sq[j] += T(d * d)
		}
	}
}
func ColSum[T Float](sum, x []T) {
	for i := 0; i < len(x); i += len(sum) {
		for j := range sum {
			sum[j] += x[i+j]
		}
	}
}
func ColDots[T Float](sum, dot, g, x, shift, y []T) {
	for i := 0; i < len(x); i += len(sum) {
		for j := range sum {
			if y == nil || y[i+j] > 0 {
				sum[j] += g[i+j]
				dot[j] += T(g[i+j] * (x[i+j] - shift[j]))
			}
		}
	}
}
func RowAffine[T Float](dst, x, scale, shift []T) {
	for i := 0; i < len(x); i += len(scale) {
		for j := range scale {
			dst[i+j] = T(x[i+j]*scale[j]) + shift[j]
		}
	}
}
func RowAffineReLU[T Float](dst, x, scale, shift []T) {
	RowAffine(dst, x, scale, shift)
	ReLU(dst, dst)
}
func RowAffineAddReLU[T Float](dst, x, scale, shift, res []T) {
	RowAffine(dst, x, scale, shift)
	Add(dst, dst, res)
	ReLU(dst, dst)
}
func RowAffine2[T Float](dst, g, x, y, a, b, c []T) {
	for i := 0; i < len(x); i += len(a) {
		for j := range a {
			gg := g[i+j]
			if y != nil && !(y[i+j] > 0) {
				gg = 0
			}
			dst[i+j] = T(gg*a[j]) + T(x[i+j]*b[j]) + c[j]
		}
	}
}
