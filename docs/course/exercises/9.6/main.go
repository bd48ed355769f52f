// Exercise 9.6 of the course: BYOL.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "byol",
		Inputs: map[string]string{"prediction": "k d", "target": "k d"},
		Fixed:  []string{"target"},
		Output: "loss",
	}, byol)
}

// byol returns the mean over the rows of 2 − 2·cos of prediction and target, and the gradient
// of ct·loss by the prediction where q.CT, one number, is not nil. Yours to write, with
// micro if you like.
func byol(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	prediction := q.In["prediction"] // row by row
	return golden.Scalar(0), map[string]*golden.Array{"prediction": golden.NewArray(prediction.Shape...)}
}
