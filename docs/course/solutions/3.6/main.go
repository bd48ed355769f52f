// A solution of exercise 3.6 of the course: the entropy of classes.
package main

import (
	"math"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "er_entropy_discrete",
		Inputs: map[string]string{"p": "k c"},
		Attrs:  map[string][]string{"reduction": {"average", "expectation"}, "eps": nil},
		Output: "entropy",
	}, entropy)
}

// entropy returns, with m the mean of the rows of p, −Σ_c m·log(m+eps) where the reduction is
// "expectation", −mean_c log(m+eps) where it is "average".
func entropy(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	p, eps := q.In["p"], q.Number["eps"]
	k, c := p.Shape[0], p.Shape[1]
	h, g := 0.0, golden.NewArray(k, c)
	for j := range c {
		m := 0.0
		for i := range k {
			m += p.Data[i*c+j] / float64(k)
		}
		slope := -1 / (float64(c) * (m + eps))
		if q.Word["reduction"] == "expectation" {
			h -= m * math.Log(m+eps)
			slope = -math.Log(m+eps) - m/(m+eps)
		} else {
			h -= math.Log(m+eps) / float64(c)
		}
		for i := range k {
			if q.CT != nil {
				g.Data[i*c+j] = q.CT.Data[0] * slope / float64(k)
			}
		}
	}
	return golden.Scalar(h), map[string]*golden.Array{"p": g}
}
