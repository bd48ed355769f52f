// Exercise 8.6 of the course: Sinkhorn.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "sinkhorn",
		Inputs: map[string]string{"scores": "k c"},
		Attrs:  map[string][]string{"epsilon": nil, "iterations": nil},
		Least:  map[string]int{"iterations": 0},
		Output: "q",
	}, sinkhorn)
}

// sinkhorn returns the codes of scores (k, c): Q = exp(scores/ε)/Σ; as often as there are
// iterations, its columns are scaled to sum to 1/c each, and then its rows to 1/k each;
// q = k·Q. And the gradient of Σ ct·q where q.CT, of the shape of q, is not nil. Yours to
// write.
func sinkhorn(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	scores := q.In["scores"] // row by row
	k, c := scores.Shape[0], scores.Shape[1]
	return golden.NewArray(k, c), map[string]*golden.Array{"scores": golden.NewArray(k, c)}
}
