// A solution of exercise 12.6 of the course: rows of length one.
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
// Σ ct·y where q.CT, of the shape of y, is not nil.
func normalize(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	x, eps := q.In["x"], q.Number["eps"]
	n, d := x.Shape[0], x.Shape[1]
	y, g := golden.NewArray(n, d), golden.NewArray(n, d)
	for i := range n {
		squares := 0.0
		for _, v := range x.Data[i*d : (i+1)*d] {
			squares += v * v
		}
		length := max(math.Sqrt(squares), eps)
		along := 0.0 // what the cotangent has in the direction of the row
		for j := i * d; j < (i+1)*d; j++ {
			y.Data[j] = x.Data[j] / length
			if q.CT != nil && math.Sqrt(squares) >= eps {
				along += y.Data[j] * q.CT.Data[j]
			}
		}
		for j := i * d; j < (i+1)*d && q.CT != nil; j++ {
			g.Data[j] = (q.CT.Data[j] - y.Data[j]*along) / length
		}
	}
	return y, map[string]*golden.Array{"x": g}
}
