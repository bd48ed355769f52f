// A solution of exercise 5.5 of the course: NT-Xent.
package main

import (
	"math"
	"slices"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "nt_xent",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"temperature": nil},
		Output: "loss",
	}, ntXent)
}

// ntXent returns mean_i −log( e^{s_ip} / Σ_{j≠i} e^{s_ij} ) over the 2k rows of both views, made unit
// rows, with s their products over τ and p the other view of i. Row by row it is
// log(1 + Σ_{j≠i,p} e^{s_ij−s_ip}).
func ntXent(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	k, d, tau := q.In["z1"].Shape[0], q.In["z1"].Shape[1], q.Number["temperature"]
	n := 2 * k
	z := slices.Concat(q.In["z1"].Data, q.In["z2"].Data)
	length := make([]float64, n)
	for i := range length {
		length[i] = math.Sqrt(dot(z[i*d:(i+1)*d], z[i*d:(i+1)*d]))
		for c := range d {
			z[i*d+c] /= length[i]
		}
	}
	row := func(i int) []float64 { return z[i*d : (i+1)*d] }
	loss, slope := 0.0, make([]float64, n*n) // by s_ij
	for i := range n {
		partner := (i + k) % n
		own, largest := dot(row(i), row(partner)), 0.0
		gap := func(j int) float64 { return (dot(row(i), row(j)) - own) / tau }
		for j := range n {
			if j != i && j != partner {
				largest = max(largest, gap(j))
			}
		}
		sum := 0.0
		for j := range n {
			if j != i && j != partner {
				slope[i*n+j] = math.Exp(gap(j) - largest)
				sum += slope[i*n+j]
			}
		}
		rest := math.Expm1(-largest) + sum
		loss += (largest + math.Log1p(rest)) / float64(n)
		for j := range n {
			slope[i*n+j] /= 1 + rest
		}
		slope[i*n+partner] = -sum / (1 + rest)
	}
	grads := map[string]*golden.Array{"z1": golden.NewArray(k, d), "z2": golden.NewArray(k, d)}
	if q.CT == nil {
		return golden.Scalar(loss), grads
	}
	for i := range n {
		g := make([]float64, d) // of the unit row
		for j := range n {
			for c := range d {
				g[c] += (slope[i*n+j] + slope[j*n+i]) * z[j*d+c] * q.CT.Data[0] / (float64(n) * tau)
			}
		}
		along := dot(g, row(i))
		to := grads[[]string{"z1", "z2"}[i/k]].Data[i%k*d:][:d]
		for c := range d {
			to[c] = (g[c] - along*z[i*d+c]) / length[i]
		}
	}
	return golden.Scalar(loss), grads
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
