// A solution of exercise 10.6 of the course: ER of classes.
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
		Name:   "er_discrete",
		Inputs: map[string]string{"logits1": "k c", "logits2": "k c"},
		Attrs:  map[string][]string{"temperature": nil},
		Output: "loss",
	}, er)
}

// er returns the reconstruction error of two views' classes less their entropy.
func er(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, c := q.In["logits1"].Shape[0], q.In["logits1"].Shape[1]
	tape := &micro.Tape{}
	logits := [2]*micro.Var{tape.New(k, c, q.In["logits1"].Data), tape.New(k, c, q.In["logits2"].Data)}
	var logp [2]*micro.Var
	for i, x := range logits {
		logp[i] = logSoftmax(tape, micro.Scale(x, 1/q.Number["temperature"]))
	}
	loss := tape.New(1, 1, []float64{0})
	for i, l := range logp {
		p := micro.Exp(l)
		loss = micro.Add(loss, micro.Scale(micro.Sum(micro.Mul(p, logp[1-i])), -0.5/float64(k)))
		mean := micro.Scale(micro.SumRows(micro.Transpose(p)), 1/float64(k))
		minus := micro.Each(mean, func(m float64) (y, slope float64) { // m·log m
			if m == 0 {
				return 0, 0
			}
			return m * math.Log(m), math.Log(m) + 1
		})
		loss = micro.Add(loss, micro.Scale(micro.Sum(minus), 0.5))
	}
	if q.CT != nil {
		tape.Backward(micro.Scale(loss, q.CT.Data[0]))
	}
	return golden.Scalar(loss.Value[0]), map[string]*golden.Array{
		"logits1": golden.FromSlice(logits[0].Grad, k, c), "logits2": golden.FromSlice(logits[1].Grad, k, c)}
}

// logSoftmax returns x less the log of the sum of e^x, by row.
func logSoftmax(tape *micro.Tape, x *micro.Var) *micro.Var {
	lower := make([]float64, x.Rows)
	for i := range lower {
		lower[i] = -slices.Max(x.Value[i*x.Cols : (i+1)*x.Cols])
	}
	x = micro.Add(x, tape.New(x.Rows, 1, lower))
	return micro.Add(x, micro.Scale(micro.Log(micro.SumRows(micro.Exp(x))), -1))
}
