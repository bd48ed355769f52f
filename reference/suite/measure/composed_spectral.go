package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// sigreg takes the sine and the cosine at each knot anew.
func sigreg[T tensor.Float](q *inputs[T]) *autograd.Var[T] {
	x := q.product(q.vars["z"], q.vars["slices"])
	knots := int(q.float("knots"))
	step := 3 / float64(knots-1)
	var total *autograd.Var[T]
	for i := range knots {
		t := float64(i) * step
		phi := math.Exp(-t * t / 2)
		weight := 2 * step * phi
		if i == 0 || i == knots-1 {
			weight /= 2
		}
		angles := autograd.Scale(x, t)
		real := autograd.AddScalar(autograd.Mean(wave(angles, math.Cos, func(v float64) float64 { return -math.Sin(v) }), 0), -phi)
		imaginary := autograd.Mean(wave(angles, math.Sin, math.Cos), 0)
		term := autograd.Scale(autograd.Mean(autograd.Add(autograd.Mul(real, real), autograd.Mul(imaginary, imaginary))), weight*float64(x.Shape()[0]))
		if total == nil {
			total = term
		} else {
			total = autograd.Add(total, term)
		}
	}
	return total
}

// wave returns f of each element, rounded; slope is its derivative.
func wave[T tensor.Float](x *autograd.Var[T], f, slope func(v float64) float64) *autograd.Var[T] {
	in := tensor.Contiguous(x.Value)
	y := tensor.New[T](x.Shape()...)
	for i, v := range in.Data() {
		y.Data()[i] = T(f(float64(v)))
	}
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		gs := tensor.Contiguous(g).Data()
		for i, v := range in.Data() {
			dst[0].Data()[i] = gs[i] * T(slope(float64(v)))
		}
	}, x)
}

// nuclear returns the sum of c's singular values by Jacobi rotations of its rows, or of
// its columns where they are fewer.
func nuclear[T tensor.Float](c *autograd.Var[T]) *autograd.Var[T] {
	if c.Shape()[1] < c.Shape()[0] {
		c = autograd.Transpose(c)
	}
	k, d := c.Shape()[0], c.Shape()[1]
	x, turned := tensor.Contiguous(c.Value).Clone().Data(), positives[T](k, 0).Value.Data()
	dot := func(i, j int) (s T) {
		for l := range d {
			s += x[i*d+l] * x[j*d+l]
		}
		return s
	}
	for range 30 {
		for i := range k {
			for j := i + 1; j < k; j++ {
				xx, yy, xy := dot(i, i), dot(j, j), dot(i, j)
				if xy == 0 {
					continue
				}
				zeta := (yy - xx) / (2 * xy)
				t := T(math.Copysign(1/(math.Abs(float64(zeta))+math.Hypot(1, float64(zeta))), float64(zeta)))
				cos := T(1 / math.Sqrt(float64(1+t*t)))
				rotate(x[i*d:(i+1)*d], x[j*d:(j+1)*d], cos, cos*t)
				rotate(turned[i*k:(i+1)*k], turned[j*k:(j+1)*k], cos, cos*t)
			}
		}
	}
	var norm, largest T
	values := make([]T, k)
	for i := range values {
		values[i] = T(math.Sqrt(float64(dot(i, i))))
		norm, largest = norm+values[i], max(largest, values[i])
	}
	polar := tensor.New[T](k, d)
	for i, s := range values {
		if s <= T(d)*epsilon[T]()*largest {
			continue
		}
		for r := range k {
			for l := range d {
				polar.Data()[r*d+l] += turned[i*k+r] * x[i*d+l] / s
			}
		}
	}
	return autograd.Function(tensor.Scalar(norm), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i, p := range polar.Data() {
			dst[0].Data()[i] = g.Item() * p
		}
	}, c)
}

func rotate[T tensor.Float](x, y []T, cos, sin T) {
	for i, v := range x {
		x[i], y[i] = cos*v-sin*y[i], sin*v+cos*y[i]
	}
}

// epsilon returns the distance from 1 to the next larger T.
func epsilon[T tensor.Float]() T {
	if _, single := any(T(0)).(float32); single {
		return 0x1p-23
	}
	return 0x1p-52
}
