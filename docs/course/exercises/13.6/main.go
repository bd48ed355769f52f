// Exercise 13.6 of the course: the log of a sum in one pass.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "logsumexp",
		Inputs: map[string]string{"x": "n d"},
		Output: "y",
	}, logSumExp)
}

// logSumExp returns log Σ e^x of each row, and the gradient of Σ ct·y where q.CT, (n), is not nil.
// Yours to write: read each row once to find its value.
func logSumExp(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	n, d := q.In["x"].Shape[0], q.In["x"].Shape[1]
	return golden.NewArray(n), map[string]*golden.Array{"x": golden.NewArray(n, d)}
}
