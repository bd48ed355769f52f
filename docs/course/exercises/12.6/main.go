// Exercise 12.6 of the course: rows of length one.
package main

import (
	"math"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "normalize",
		Inputs: map[string]string{"x": "n d"},
		Attrs:  map[string][]string{"eps": nil},
		Output: "y",
	}, normalize)
}

// normalize returns each row divided by the larger of its length and eps, and the gradient of
// Σ ct·y where q.CT, of the shape of y, is not nil. Something is off with it.
func normalize(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	x, eps := q.In["x"], q.Number["eps"]
	n, d := x.Shape[0], x.Shape[1]
	y, g := golden.NewArray(n, d), golden.NewArray(n, d)
	for i := range n {
		squares := 0.0
		for _, v := range x.Data[i*d : (i+1)*d] {
			squares += v * v
		}
		length := math.Sqrt(squares + eps*eps)
		for j := i * d; j < (i+1)*d; j++ {
			y.Data[j] = x.Data[j] / length
			if q.CT != nil {
				g.Data[j] = q.CT.Data[j] / length
			}
		}
	}
	return y, map[string]*golden.Array{"x": g}
}
