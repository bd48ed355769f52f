// A solution of exercise 11.6 of the course: what a probe minimizes.
package main

import (
	"math"
	"slices"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "log_softmax",
		Inputs: map[string]string{"x": "n d"},
		Output: "y",
	}, logSoftmax)
}

// logSoftmax returns x − log Σ e^x of each row, and the gradient of Σ ct·y where q.CT, of the
// shape of y, is not nil.
func logSoftmax(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	x := q.In["x"]
	n, d := x.Shape[0], x.Shape[1]
	y, g := golden.NewArray(n, d), golden.NewArray(n, d)
	for i := range n {
		row, to := x.Data[i*d:(i+1)*d], y.Data[i*d:(i+1)*d]
		largest, sum := slices.Max(row), 0.0
		for _, v := range row {
			sum += math.Exp(v - largest)
		}
		for j, v := range row {
			to[j] = v - largest - math.Log(sum)
		}
		if q.CT == nil || len(q.CT.Data) != n*d {
			continue
		}
		ct, total := q.CT.Data[i*d:(i+1)*d], 0.0
		for _, c := range ct {
			total += c
		}
		for j, c := range ct {
			g.Data[i*d+j] = c - math.Exp(to[j])*total
		}
	}
	return y, map[string]*golden.Array{"x": g}
}
