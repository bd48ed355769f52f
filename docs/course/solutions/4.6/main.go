// A solution of exercise 4.6 of the course: InfoNCE.
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
		Name:   "info_nce",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"temperature": nil},
		Output: "loss",
	}, infoNCE)
}

// infoNCE returns mean_i −log( e^{s_ii/τ} / Σ_j e^{s_ij/τ} ) of rows that it makes unit rows. Row by
// row it is log(1 + Σ_{j≠i} e^{gap_ij}) with gap_ij = (s_ij − s_ii)/τ.
func infoNCE(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, d := q.In["z1"].Shape[0], q.In["z1"].Shape[1]
	tape := &micro.Tape{}
	z1, z2 := tape.New(k, d, q.In["z1"].Data), tape.New(k, d, q.In["z2"].Data)
	u1, u2 := micro.Unit(z1), micro.Unit(z2)
	own := micro.SumRows(micro.Mul(u1, u2))
	gaps := micro.Scale(micro.Add(micro.MatMul(u1, micro.Transpose(u2)), micro.Scale(own, -1)), 1/q.Number["temperature"])
	largest, back, others := make([]float64, k), make([]float64, k), make([]float64, k*k)
	for i := range k {
		for j := range k {
			if i != j {
				others[i*k+j] = 1
			} else {
				gaps.Value[i*k+i] = 0 // which it is but for rounding
			}
		}
		back[i] = max(0, slices.Max(gaps.Value[i*k:(i+1)*k]))
		largest[i] = -back[i]
	}
	e := micro.Mul(micro.Exp(micro.Add(gaps, tape.New(k, 1, largest))), tape.New(k, k, others))
	// log(1 + Σ e^gap) = largest + log(e^−largest + Σ e^{gap−largest}), in the digits of Log1p
	sums := micro.SumRows(e)
	logs := micro.Pair(sums, tape.New(k, 1, back), func(sum, back float64) (y, slope, none float64) {
		rest := math.Expm1(-back) + sum // e^−largest + Σ − 1
		return back + math.Log1p(rest), 1 / (1 + rest), 0
	})
	loss := micro.Scale(micro.Sum(logs), 1/float64(k))
	if q.CT != nil {
		tape.Backward(micro.Scale(loss, q.CT.Data[0]))
	}
	return golden.Scalar(loss.Value[0]), map[string]*golden.Array{"z1": golden.FromSlice(z1.Grad, k, d), "z2": golden.FromSlice(z2.Grad, k, d)}
}
