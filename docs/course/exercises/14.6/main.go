// Exercise 14.6 of the course: alignment.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "alignment",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"alpha": nil},
		Output: "loss",
	}, alignment)
}

// alignment returns the mean over rows of ‖z1 − z2‖^alpha, and the gradients of ct·loss where
// q.CT, one number, is not nil; 0 where two rows are equal. Yours to write.
func alignment(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, d := q.In["z1"].Shape[0], q.In["z1"].Shape[1]
	return golden.Scalar(q.Number["alpha"]), map[string]*golden.Array{"z1": golden.NewArray(k, d), "z2": golden.NewArray(k, d)}
}
