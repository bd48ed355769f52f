package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// otherOrders are the formulas with log-determinants, which a factorization by rows
// rounds in another way than an elimination.
func otherOrders[T tensor.Float]() map[string]formula[T] {
	return map[string]formula[T]{
		"logdet":     {"y", func(q *inputs[T]) *autograd.Var[T] { return logDetByFactor(q.vars["x"]) }},
		"corinfomax": corInfoMax(logDetByFactor[T]),
	}
}

func corInfoMax[T tensor.Float](logDet func(x *autograd.Var[T]) *autograd.Var[T]) formula[T] {
	return formula[T]{"loss", func(q *inputs[T]) *autograd.Var[T] {
		z1, z2 := q.vars["z1"], q.vars["z2"]
		d := z1.Shape()[1]
		eye := autograd.Scale(positives[T](d, 0), q.float("eps"))
		entropy := func(z, r *autograd.Var[T]) *autograd.Var[T] {
			rows := autograd.Sub(z, autograd.MeanKeep(z, 0))
			c := autograd.Scale(q.product(autograd.Transpose(rows), rows), (1-q.float("decay"))/float64(z.Shape()[0]))
			return logDet(autograd.Add(autograd.Add(c, autograd.Scale(r, q.float("decay"))), eye))
		}
		distance := autograd.Scale(autograd.Mean(autograd.Pow(autograd.Sub(z1, z2), 2)), q.float("weight"))
		return autograd.Sub(distance, autograd.Scale(autograd.Add(entropy(z1, q.vars["r1"]), entropy(z2, q.vars["r2"])), 1/float64(d)))
	}}
}

// logDet eliminates the first row and column, again and again: the sum of the pivots'
// logarithms.
func logDet[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	x = autograd.Scale(autograd.Add(x, autograd.Transpose(x)), 0.5)
	var sum *autograd.Var[T]
	for d := x.Shape()[0]; ; d-- {
		pivot := autograd.Slice(autograd.Slice(x, 0, 0, 1), 1, 0, 1)
		log := autograd.Sum(autograd.Log(pivot))
		if sum == nil {
			sum = log
		} else {
			sum = autograd.Add(sum, log)
		}
		if d == 1 {
			return sum
		}
		row, column := autograd.Slice(autograd.Slice(x, 0, 0, 1), 1, 1, d), autograd.Slice(autograd.Slice(x, 0, 1, d), 1, 0, 1)
		x = autograd.Sub(autograd.Slice(autograd.Slice(x, 0, 1, d), 1, 1, d), autograd.MatMul(column, autograd.Div(row, pivot)))
	}
}

// logDetByFactor takes twice the logarithms of the Cholesky factor's diagonal, row by row
// by inner products; its gradient is X·Xᵀ with X the inverse of the factor's transpose.
func logDetByFactor[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	x = autograd.Scale(autograd.Add(x, autograd.Transpose(x)), 0.5)
	d := x.Shape()[0]
	a, l, inverse := tensor.Contiguous(x.Value).Data(), make([]T, d*d), make([]T, d*d)
	var sum T
	for i := range d {
		for j := range i + 1 {
			rest := a[i*d+j]
			for k := range j {
				rest -= l[i*d+k] * l[j*d+k]
			}
			if i == j {
				l[i*d+i] = T(math.Sqrt(float64(rest)))
			} else {
				l[i*d+j] = rest / l[j*d+j]
			}
		}
		sum += 2 * T(math.Log(float64(l[i*d+i])))
	}
	for j := range d {
		for i := j; i < d; i++ {
			var rest T
			if i == j {
				rest = 1
			}
			for k := j; k < i; k++ {
				rest -= l[i*d+k] * inverse[k*d+j]
			}
			inverse[i*d+j] = rest / l[i*d+i]
		}
	}
	return autograd.Function(tensor.Scalar(sum), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i := range d {
			for j := range d {
				var s T
				for k := max(i, j); k < d; k++ {
					s += inverse[k*d+i] * inverse[k*d+j]
				}
				dst[0].Data()[i*d+j] = g.Item() * s
			}
		}
	}, x)
}
