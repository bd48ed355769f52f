// A solution of exercise 2.6 of the course: a product.
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

// matmul returns a·b.
func matmul(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	a, b := q.In["a"], q.In["b"]
	m, k, n := a.Shape[0], a.Shape[1], b.Shape[1]
	c, ga, gb := golden.NewArray(m, n), golden.NewArray(m, k), golden.NewArray(k, n)
	for i := range m {
		for p := range k {
			for j := range n {
				c.Data[i*n+j] += a.Data[i*k+p] * b.Data[p*n+j]
				if q.CT != nil {
					g := q.CT.Data[i*n+j]
					ga.Data[i*k+p] += g * b.Data[p*n+j]
					gb.Data[p*n+j] += g * a.Data[i*k+p]
				}
			}
		}
	}
	return c, map[string]*golden.Array{"a": ga, "b": gb}
}
