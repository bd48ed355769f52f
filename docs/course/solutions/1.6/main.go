// A solution of exercise 1.6 of the course: gray.
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

// gray returns 0.2989·R + 0.587·G + 0.114·B in each of the three channels.
func gray(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	x := q.In["x"]
	y, g := golden.NewArray(x.Shape...), golden.NewArray(x.Shape...)
	pixels := x.Shape[2] * x.Shape[3]
	for i := range x.Data {
		image, pixel := i/(3*pixels)*3*pixels, i%pixels
		for c, weight := range []float64{0.2989, 0.587, 0.114} {
			j := image + c*pixels + pixel
			y.Data[i] += weight * x.Data[j]
			if q.CT != nil {
				g.Data[j] += weight * q.CT.Data[i]
			}
		}
	}
	return y, map[string]*golden.Array{"x": g}
}
