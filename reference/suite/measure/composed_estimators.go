package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// scorePairs returns the scores of the joint distribution (k, 1), and those of the product
// (k, k−1).
func scorePairs[T tensor.Float](s *autograd.Var[T]) (joint, product *autograd.Var[T]) {
	k := s.Shape()[0]
	var own, others []*autograd.Var[T]
	for i := range k {
		row := autograd.Slice(s, 0, i, i+1)
		own = append(own, autograd.Slice(row, 1, i, i+1))
		others = append(others, autograd.Concat(1, autograd.Slice(row, 1, 0, i), autograd.Slice(row, 1, i+1, k)))
	}
	return autograd.Concat(0, own...), autograd.Concat(0, others...)
}

func logMeanExp[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	n := x.Value.Len()
	return autograd.AddScalar(autograd.Sum(logSumExp(autograd.Reshape(x, 1, n))), -math.Log(float64(n)))
}

// trainedBy returns a value with the gradient of a goal.
func trainedBy[T tensor.Float](value, goal *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Add(autograd.StopGradient(value), autograd.Sub(goal, autograd.StopGradient(goal)))
}

func nwj[T tensor.Float](joint, product *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Sub(autograd.Mean(joint), autograd.Mean(autograd.Exp(autograd.AddScalar(product, -1))))
}

func jensenShannon[T tensor.Float](joint, product *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Scale(autograd.Add(autograd.Mean(softplus(autograd.Scale(joint, -1))), autograd.Mean(softplus(product))), -1)
}

func interpolated[T tensor.Float](q *inputs[T]) *autograd.Var[T] {
	s, alpha := q.vars["scores"], q.float("alpha")
	k := s.Shape()[0]
	fixed := autograd.Reshape(q.vars["log_baseline"], k, 1)
	var columns []*autograd.Var[T] // b_ij of each j
	for j := range k {
		left := autograd.Concat(1, autograd.Slice(s, 1, 0, j), autograd.Slice(s, 1, j+1, k))
		mean := autograd.AddScalar(autograd.Reshape(logSumExp(left), k, 1), -math.Log(float64(k-1)))
		switch alpha {
		case 0:
			mean = autograd.Add(autograd.Scale(mean, 0), fixed)
		case 1:
		default:
			rest := autograd.AddScalar(fixed, math.Log1p(-alpha))
			above := softplus(autograd.Sub(autograd.AddScalar(mean, math.Log(alpha)), rest))
			mean = autograd.Add(rest, autograd.Reshape(above, k, 1))
		}
		columns = append(columns, mean)
	}
	b, own := autograd.Concat(1, columns...), positives[T](k, 0)
	diagonal := func(x *autograd.Var[T]) *autograd.Var[T] { return autograd.SumKeep(autograd.Mul(x, own), 1) }
	others := autograd.AddScalar(autograd.Scale(own, -1), 1)
	joint := autograd.Sum(autograd.Mul(autograd.Sub(diagonal(s), b), others))
	product := autograd.Sum(autograd.Exp(without(autograd.Sub(s, diagonal(b)))))
	return autograd.AddScalar(autograd.Scale(autograd.Sub(joint, product), 1/float64(k*(k-1))), 1)
}
