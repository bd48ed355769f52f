// Exercise 5.5 of the course: NT-Xent.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "nt_xent",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"temperature": nil},
		Output: "loss",
	}, ntXent)
}

// ntXent returns mean_i −log( e^{s_ip} / Σ_{j≠i} e^{s_ij} ) over the 2k rows of both views, made unit
// rows, with s their products over τ and p the other view of i, and the gradients of
// ct·loss where q.CT, one number, is not nil. Yours to write, with micro if you like.
func ntXent(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, d := q.In["z1"].Shape[0], q.In["z1"].Shape[1]
	return golden.Scalar(q.Number["temperature"]), map[string]*golden.Array{"z1": golden.NewArray(k, d), "z2": golden.NewArray(k, d)}
}
