package playground

import (
	"math"
	"slices"
)

// covariance returns the covariance (d, d) of rows of d numbers.
func covariance(z []float64, d int) [][]float64 {
	n := float64(len(z) / d)
	mean := make([]float64, d)
	for i, v := range z {
		mean[i%d] += v / n
	}
	c := make([][]float64, d)
	for i := range c {
		c[i] = make([]float64, d)
	}
	for at := 0; at < len(z); at += d {
		for i := range d {
			for j := range d {
				c[i][j] += (z[at+i] - mean[i]) * (z[at+j] - mean[j]) / n
			}
		}
	}
	return c
}

// eigenvalues returns those of a symmetric matrix, the largest first, none below 0, by
// Jacobi's rotations. It works in a.
func eigenvalues(a [][]float64) []float64 {
	const sweeps = 30
	for range sweeps {
		for p := range a {
			for q := range p {
				rotate(a, q, p)
			}
		}
	}
	values := make([]float64, len(a))
	for i := range a {
		values[i] = max(0, a[i][i])
	}
	slices.Sort(values)
	slices.Reverse(values)
	return values
}

// rotate turns rows and columns p and q so that the element between them is zero.
func rotate(a [][]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := 1 / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range a {
		a[k][p], a[k][q] = c*a[k][p]-s*a[k][q], s*a[k][p]+c*a[k][q]
	}
	for k := range a {
		a[p][k], a[q][k] = c*a[p][k]-s*a[q][k], s*a[p][k]+c*a[q][k]
	}
}
