// A solution of exercise 6.6 of the course: spreading by nearest neighbors.
package main

import (
	"math"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "koleo",
		Inputs: map[string]string{"z": "k d"},
		Attrs:  map[string][]string{"eps": nil},
		Least:  map[string]int{"k": 2, "eps": 0},
		Output: "loss",
	}, koleo)
}

// koleo returns −mean_i log(ρ_i + eps), with ρ_i the distance of row i of z from the nearest other
// row.
func koleo(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	z, eps := q.In["z"], q.Number["eps"]
	k, d := z.Shape[0], z.Shape[1]
	loss, g := 0.0, golden.NewArray(k, d)
	for i := range k {
		nearest, rho := 0, math.Inf(1)
		for j := range k {
			square := 0.0
			for c := range d {
				square += math.Pow(z.Data[i*d+c]-z.Data[j*d+c], 2)
			}
			if distance := math.Sqrt(square); j != i && distance < rho {
				nearest, rho = j, distance
			}
		}
		loss -= math.Log(rho+eps) / float64(k)
		if q.CT == nil || rho == 0 {
			continue
		}
		for c := range d {
			step := q.CT.Data[0] / (float64(k) * (rho + eps) * rho) * (z.Data[i*d+c] - z.Data[nearest*d+c])
			g.Data[i*d+c] -= step
			g.Data[nearest*d+c] += step
		}
	}
	return golden.Scalar(loss), map[string]*golden.Array{"z": g}
}
