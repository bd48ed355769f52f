// Exercise 2.6 of the course: a product.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "matmul",
		Inputs: map[string]string{"a": "m k", "b": "k n"},
		Output: "c",
	}, matmul)
}

// matmul returns a·b, and the gradients of Σ ct·c where q.CT, of the shape of c, is not nil.
// Yours to write.
func matmul(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	a, b := q.In["a"], q.In["b"] // row by row: a_ip is a.Data[i*k+p]
	m, k, n := a.Shape[0], a.Shape[1], b.Shape[1]
	c, ga, gb := golden.NewArray(m, n), golden.NewArray(m, k), golden.NewArray(k, n)
	return c, map[string]*golden.Array{"a": ga, "b": gb}
}
