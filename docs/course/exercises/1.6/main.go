// Exercise 1.6 of the course: gray.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "rgb_to_grayscale",
		Inputs: map[string]string{"x": "n 3 h w"},
		Output: "y",
	}, gray)
}

// gray returns 0.2989·R + 0.587·G + 0.114·B in each of the three channels, and the
// gradient where q.CT, of the shape of the output, is not nil. Yours to write.
func gray(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	x := q.In["x"] // channel c of image i, row r, column s: x.Data[((i*3+c)*h+r)*w+s]
	y, g := golden.NewArray(x.Shape...), golden.NewArray(x.Shape...)
	return y, map[string]*golden.Array{"x": g}
}
