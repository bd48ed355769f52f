package engine

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// cpc answers from a case whose input positive holds rows of the targets.
func cpc[T tensor.Float](q *question[T]) *autograd.Var[T] {
	prediction, target := q.in("prediction", 2), q.in("target", 2)
	rows := make([]int, q.in("positive", 1).Value.Len())
	for i, v := range q.c.In["positive"].Data {
		if !(v >= 0 && v < float64(target.Value.Dim(0)) && v == math.Trunc(v)) {
			q.refuse("input \"positive\" at %d: found %v, expected a whole number from 0 to %d", i, v, target.Value.Dim(0)-1)
		}
		rows[i] = int(v)
	}
	return objective.CPC(prediction, target, rows)
}
