package main

import (
	"errors"
	"slices"

	"entrec/mvssl/eval"
	"entrec/tensor"
)

// shrinkage is λ below, of the mean variance of the codes.
const shrinkage = 1e-3

// linear returns the accuracy on queries of a linear classifier by least squares: of centered
// codes x_i and of y_i, which is 1 at the class less the share of each,
//
//	W = argmin mean_i ‖W·x_i − y_i‖² + λ·‖W‖²
//
// in closed form. The error is that of codes that are all the same.
func linear(train *tensor.Tensor[float32], labels []int, queries *tensor.Tensor[float32], want []int) (float64, error) {
	x, q := tensor.Convert[float64](train), tensor.Convert[float64](queries)
	n, d := x.Dim(0), x.Dim(1)
	classes := slices.Max(labels) + 1
	y := tensor.New[float64](n, classes)
	for i, c := range labels {
		y.Set(1, i, c)
	}
	center(x, q)
	share := center(y)

	square, product := tensor.New[float64](d, d), tensor.New[float64](d, classes)
	tensor.MatMulTo(square, x, x, tensor.Trans, tensor.NoTrans)
	tensor.MatMulTo(product, x, y, tensor.Trans, tensor.NoTrans)
	trace := 0.0
	for i := range d {
		trace += square.At(i, i)
	}
	for i := range d {
		square.Set(square.At(i, i)+shrinkage*trace/float64(d), i, i)
	}
	factor, definite := tensor.NewCholesky(square)
	if !definite {
		return 0, errors.New("linear classifier: found codes that are all the same, expected others")
	}
	w, scores := tensor.New[float64](d, classes), tensor.New[float64](q.Dim(0), classes)
	tensor.MatMulTo(w, factor.Inverse(), product, tensor.NoTrans, tensor.NoTrans)
	tensor.MatMulTo(scores, q, w, tensor.NoTrans, tensor.NoTrans)
	found := make([]int, q.Dim(0))
	for i := range found {
		for c := range classes {
			if scores.At(i, c)+share[c] > scores.At(i, found[i])+share[found[i]] {
				found[i] = c
			}
		}
	}
	return eval.Accuracy(found, want), nil
}

// center takes the mean row of x from the rows of x and of others, and returns it.
func center(x *tensor.Tensor[float64], others ...*tensor.Tensor[float64]) (mean []float64) {
	mean = make([]float64, x.Dim(1))
	for i, v := range x.Data() {
		mean[i%len(mean)] += v / float64(x.Dim(0))
	}
	for _, rows := range append(others, x) {
		for i := range rows.Data() {
			rows.Data()[i] -= mean[i%len(mean)]
		}
	}
	return mean
}
