package mi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"entrec/internal/parallel"
)

// KSG returns the first estimate of Kraskov, Stögbauer and Grassberger (2004),
// arXiv:cond-mat/0305641, of n pairs, more than neighbors. Distances are the largest of any
// coordinate; with ε_i that of pair i from its neighbors-th nearest, and n_x(i), n_y(i) how
// many others are nearer than ε_i in x, and in y,
//
//	ψ(neighbors) + ψ(n) − mean_i( ψ(n_x(i) + 1) + ψ(n_y(i) + 1) )
//
// It is of pairs with a density, or of a variable with a density and one without. It is NaN
// where some ε_i is 0: at least neighbors others are equal to pair i, as of labels or whole
// numbers. Where several others are at the distance ε_i, as of whole numbers and of codes of
// which many are 0, more than neighbors are within ε_i, and it is false: upward of independent
// variables. Where no two distances are equal it is at most ψ(n) − ψ(neighbors). It errs toward
// 0 where neighbors are far, in many dimensions and at much information. It takes n² steps.
func KSG(x, y [][]float64, neighbors int) float64 {
	value, _ := ksg(x, y, neighbors)
	return value
}

// rounded is how much farther than ε_i, of it, is as far within rounding.
const rounded = 1e-9

// ksg returns [KSG] and how many pairs have ties: more than neighbors others within ε_i.
func ksg(x, y [][]float64, neighbors int) (value float64, ties int) {
	n := len(x)
	terms, tied := make([]float64, n), make([]bool, n)
	parallel.For(n, func(i int) {
		dx, dy := make([]float64, n), make([]float64, n)
		nearest := make([]float64, 0, neighbors+1) // in order
		for j := range n {
			dx[j], dy[j] = farthest(x[i], x[j]), farthest(y[i], y[j])
			if v := max(dx[j], dy[j]); j != i && (len(nearest) < neighbors || v < nearest[neighbors-1]) {
				at, _ := slices.BinarySearch(nearest, v)
				nearest = slices.Insert(nearest, at, v)[:min(len(nearest)+1, neighbors)]
			}
		}
		if nearest[neighbors-1] == 0 {
			terms[i] = math.NaN()
			return
		}
		within := 0
		for j := range n {
			if j != i && max(dx[j], dy[j]) <= nearest[neighbors-1]*(1+rounded) {
				within++
			}
		}
		tied[i] = within > neighbors
		nearer := func(distances []float64) float64 {
			count := 1.0 // the 1 of ψ(n + 1)
			for j, v := range distances {
				if j != i && v < nearest[neighbors-1] {
					count++
				}
			}
			return mathext.Digamma(count)
		}
		terms[i] = nearer(dx) + nearer(dy)
	})
	mean := 0.0
	for i, v := range terms {
		mean += v / float64(n)
		if tied[i] {
			ties++
		}
	}
	return mathext.Digamma(float64(neighbors)) + mathext.Digamma(float64(n)) - mean, ties
}

// farthest is the largest difference of a coordinate.
func farthest(a, b []float64) (d float64) {
	for i, v := range a {
		d = max(d, math.Abs(v-b[i]))
	}
	return d
}
