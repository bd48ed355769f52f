// A solution of exercise 9.6 of the course: BYOL.
package main

import (
	"entrec/docs/course/answer"
	"entrec/docs/course/micro"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "byol",
		Inputs: map[string]string{"prediction": "k d", "target": "k d"},
		Fixed:  []string{"target"},
		Output: "loss",
	}, byol)
}

// byol returns the mean over the rows of 2 − 2·cos of prediction and target, which is the
// squared distance of unit rows.
func byol(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, d := q.In["prediction"].Shape[0], q.In["prediction"].Shape[1]
	tape := &micro.Tape{}
	prediction := tape.New(k, d, q.In["prediction"].Data)
	target := micro.Unit(tape.New(k, d, q.In["target"].Data))
	apart := micro.Add(micro.Unit(prediction), micro.Scale(target, -1))
	loss := micro.Scale(micro.Sum(micro.Mul(apart, apart)), 1/float64(k))
	if q.CT != nil {
		tape.Backward(micro.Scale(loss, q.CT.Data[0]))
	}
	return golden.Scalar(loss.Value[0]), map[string]*golden.Array{"prediction": golden.FromSlice(prediction.Grad, k, d)}
}
