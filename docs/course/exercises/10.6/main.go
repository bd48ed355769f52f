// Exercise 10.6 of the course: ER of classes.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "er_discrete",
		Inputs: map[string]string{"logits1": "k c", "logits2": "k c"},
		Attrs:  map[string][]string{"temperature": nil},
		Output: "loss",
	}, er)
}

// er returns, with p = softmax(logits/τ) by row of each view and p̄ its mean over the rows,
//
//	mean_i ½·( −Σ_c p1·log p2 − Σ_c p2·log p1 ) − ½·( −Σ_c p̄1·log p̄1 − Σ_c p̄2·log p̄2 )
//
// and the gradients of ct·loss where q.CT, one number, is not nil. Yours to write, with
// micro if you like.
func er(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, c := q.In["logits1"].Shape[0], q.In["logits1"].Shape[1]
	return golden.Scalar(q.Number["temperature"]), map[string]*golden.Array{"logits1": golden.NewArray(k, c), "logits2": golden.NewArray(k, c)}
}
