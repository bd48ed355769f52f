// A solution of exercise 2.5 of the course: softmax.
package main

import (
	"slices"

	"entrec/docs/course/answer"
	"entrec/docs/course/micro"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "softmax",
		Inputs: map[string]string{"x": "n d"},
		Output: "y",
	}, softmax)
}

// softmax returns e^x_ij / Σ_l e^x_il.
func softmax(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	n, d := q.In["x"].Shape[0], q.In["x"].Shape[1]
	tape := &micro.Tape{}
	x := tape.New(n, d, q.In["x"].Data)
	largest := make([]float64, n)
	for i := range largest {
		largest[i] = -slices.Max(x.Value[i*d : (i+1)*d])
	}
	e := micro.Exp(micro.Add(x, tape.New(n, 1, largest)))
	y := micro.Mul(e, micro.Pow(micro.SumRows(e), -1))
	if q.CT != nil {
		tape.Backward(micro.Sum(micro.Mul(y, tape.New(n, d, q.CT.Data))))
	}
	return golden.FromSlice(y.Value, n, d), map[string]*golden.Array{"x": golden.FromSlice(x.Grad, n, d)}
}
