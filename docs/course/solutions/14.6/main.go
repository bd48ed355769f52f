// A solution of exercise 14.6 of the course: alignment.
package main

import (
	"math"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "alignment",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"alpha": nil},
		Output: "loss",
	}, alignment)
}

// alignment returns the mean over rows of ‖z1 − z2‖^alpha, and the gradients of ct·loss where
// q.CT, one number, is not nil; 0 where two rows are equal.
func alignment(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	z1, z2, alpha := q.In["z1"], q.In["z2"], q.Number["alpha"]
	k, d := z1.Shape[0], z1.Shape[1]
	g1, g2, loss := golden.NewArray(k, d), golden.NewArray(k, d), 0.0
	for i := range k {
		squares := 0.0
		for j := i * d; j < (i+1)*d; j++ {
			squares += (z1.Data[j] - z2.Data[j]) * (z1.Data[j] - z2.Data[j])
		}
		distance := math.Sqrt(squares)
		loss += math.Pow(distance, alpha) / float64(k)
		for j := i * d; j < (i+1)*d && q.CT != nil && distance > 0; j++ {
			g1.Data[j] = q.CT.Data[0] * alpha * math.Pow(distance, alpha-2) * (z1.Data[j] - z2.Data[j]) / float64(k)
			g2.Data[j] = -g1.Data[j]
		}
	}
	return golden.Scalar(loss), map[string]*golden.Array{"z1": g1, "z2": g2}
}
