package bounds

import (
	"math"
	"math/rand/v2"
)

// Table is a joint distribution of two discrete variables: element i, j is
// P(W1 = i, W2 = j), and all of them sum to 1.
type Table [][]float64

// Noisy returns the table of c classes where W1 is uniform and W2 is W1 with
// probability 1 − noise, and else uniform over all.
func Noisy(c int, noise float64) Table {
	t := make(Table, c)
	for i := range t {
		t[i] = make([]float64, c)
		for j := range t[i] {
			t[i][j] = noise / float64(c*c)
		}
		t[i][i] += (1 - noise) / float64(c)
	}
	return t
}

// MutualInformation returns Σ p(i,j)·log( p(i,j)/(p(i)·p(j)) ) in nats.
func (t Table) MutualInformation() float64 {
	rows, columns := t.Margins()
	sum := 0.0
	for i := range t {
		for j, p := range t[i] {
			if p > 0 {
				sum += p * math.Log(p/(rows[i]*columns[j]))
			}
		}
	}
	return sum
}

// Margins returns P(W1 = i) and P(W2 = j).
func (t Table) Margins() (rows, columns []float64) {
	rows, columns = make([]float64, len(t)), make([]float64, len(t[0]))
	for i := range t {
		for j, p := range t[i] {
			rows[i] += p
			columns[j] += p
		}
	}
	return rows, columns
}

// Sample draws k pairs of classes.
func (t Table) Sample(rng *rand.Rand, k int) (w1, w2 []int) {
	for range k {
		i, j := t.draw(rng.Float64())
		w1, w2 = append(w1, i), append(w2, j)
	}
	return w1, w2
}

// draw returns the cell that u of [0, 1) falls in.
func (t Table) draw(u float64) (i, j int) {
	for i = range t {
		for j = range t[i] {
			if u -= t[i][j]; u < 0 {
				return i, j
			}
		}
	}
	return i, j // u was within rounding of 1
}
