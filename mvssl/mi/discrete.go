package mi

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Joint returns two discrete variables with the probabilities p_ij, a table whose elements
// sum to 1, each written as numbers of which one is 1:
//
//	I = Σ p_ij·log( p_ij/(p_i·p_j) )
func Joint(name, doc string, p [][]float64) Task {
	return Task{
		Name: name, Doc: doc, X: len(p), Y: len(p[0]), MI: tableMI(p), On: Discrete,
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			i, j := drawn(p, rng.Float64())
			x, y = make([]float64, len(p)), make([]float64, len(p[0]))
			x[i], y[j] = 1, 1
			return x, y
		}),
	}
}

func tableMI(p [][]float64) (mi float64) {
	rows, columns := margins(p)
	for i := range p {
		for j, v := range p[i] {
			if v > 0 {
				mi += v * math.Log(v/(rows[i]*columns[j]))
			}
		}
	}
	return mi
}

// margins returns the probabilities of the rows and of the columns.
func margins(p [][]float64) (rows, columns []float64) {
	rows, columns = make([]float64, len(p)), make([]float64, len(p[0]))
	for i := range p {
		for j, v := range p[i] {
			rows[i] += v
			columns[j] += v
		}
	}
	return rows, columns
}

// drawn returns the cell of a table that u of [0, 1) falls in.
func drawn(p [][]float64, u float64) (i, j int) {
	for i = range p {
		for j = range p[i] {
			if u -= p[i][j]; u < 0 {
				return i, j
			}
		}
	}
	return i, j // u was within rounding of 1
}

// Classes returns two labels of c classes: X is uniform, and Y is X with probability
// 1 − noise, and else uniform over all.
func Classes(c int, noise float64) Task {
	p := make([][]float64, c)
	for i := range p {
		p[i] = make([]float64, c)
		for j := range p[i] {
			p[i][j] = noise / float64(c*c)
		}
		p[i][i] += (1 - noise) / float64(c)
	}
	return Joint(fmt.Sprintf("classes-%d-%g", c, noise), fmt.Sprintf("%d classes, the second drawn anew with probability %g", c, noise), p)
}

// skewed is a table of two and three classes, none of which are as likely as another.
var skewed = [][]float64{{0.5, 0.05, 0.1}, {0.05, 0.1, 0.2}}

func discrete() []Task {
	return []Task{Classes(8, 0), Classes(8, 0.5), Classes(32, 0.1), Joint("classes-skewed", "two and three classes of unequal probability", skewed)}
}
