// A solution of exercise 8.6 of the course: Sinkhorn.
package main

import (
	"math"
	"slices"

	"entrec/docs/course/answer"
	"entrec/docs/course/micro"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "sinkhorn",
		Inputs: map[string]string{"scores": "k c"},
		Attrs:  map[string][]string{"epsilon": nil, "iterations": nil},
		Least:  map[string]int{"iterations": 0},
		Output: "q",
	}, sinkhorn)
}

// sinkhorn returns the codes of scores (k, c), on logarithms: log c and log k cancel.
func sinkhorn(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, c := q.In["scores"].Shape[0], q.In["scores"].Shape[1]
	tape := &micro.Tape{}
	scores := tape.New(k, c, q.In["scores"].Data)
	x := micro.Scale(scores, 1/q.Number["epsilon"])
	for range int(q.Number["iterations"]) {
		x = logSoftmax(tape, micro.Transpose(logSoftmax(tape, micro.Transpose(x))))
	}
	y := micro.Exp(x)
	if q.Number["iterations"] == 0 {
		largest := tape.New(1, 1, []float64{-slices.Max(x.Value)})
		e := micro.Exp(micro.Add(x, largest))
		y = micro.Scale(micro.Mul(e, micro.Pow(micro.Sum(e), -1)), float64(k))
	}
	if q.CT != nil {
		tape.Backward(micro.Sum(micro.Mul(y, tape.New(k, c, q.CT.Data))))
	}
	return golden.FromSlice(y.Value, k, c), map[string]*golden.Array{"scores": golden.FromSlice(scores.Grad, k, c)}
}

// logSoftmax returns x less the log of the sum of e^x, by row.
func logSoftmax(tape *micro.Tape, x *micro.Var) *micro.Var {
	lower := make([]float64, x.Rows)
	for i := range lower {
		largest := math.Inf(-1)
		for _, v := range x.Value[i*x.Cols : (i+1)*x.Cols] {
			largest = max(largest, v)
		}
		lower[i] = -largest
	}
	x = micro.Add(x, tape.New(x.Rows, 1, lower))
	return micro.Add(x, micro.Scale(micro.Log(micro.SumRows(micro.Exp(x))), -1))
}
