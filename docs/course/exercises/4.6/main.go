// Exercise 4.6 of the course: InfoNCE.
package main

import (
	"entrec/docs/course/answer"
	"entrec/docs/course/micro"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "info_nce",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"temperature": nil},
		Output: "loss",
	}, infoNCE)
}

// infoNCE returns mean_i −log( e^{s_ii/τ} / Σ_j e^{s_ij/τ} ) of rows that it makes unit rows, and
// the gradients of ct·loss where q.CT, one number, is not nil. This overflows where τ is
// small; the rest is yours to write.
func infoNCE(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, d := q.In["z1"].Shape[0], q.In["z1"].Shape[1]
	tape := &micro.Tape{}
	z1, z2 := tape.New(k, d, q.In["z1"].Data), tape.New(k, d, q.In["z2"].Data)
	loss := micro.InfoNCE(z1, z2, q.Number["temperature"])
	if q.CT != nil {
		tape.Backward(micro.Scale(loss, q.CT.Data[0]))
	}
	return golden.Scalar(loss.Value[0]), map[string]*golden.Array{"z1": golden.FromSlice(z1.Grad, k, d), "z2": golden.FromSlice(z2.Grad, k, d)}
}
