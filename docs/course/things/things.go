// Package things draws made-up things in two views, of which the course and the playground
// learn: how much the views tell of each other is known.
package things

import (
	"math"
	"math/rand/v2"
)

// Classes is how many values the content of a thing has, and how many its nuisance.
const Classes = 4

// Inputs is how many numbers a view has.
const Inputs = 4

// Source draws pairs of views of made-up things. A thing has a content and a nuisance, and
// a view of it shows each as a point on a circle of its own, with noise.
type Source struct {
	Rng                           *rand.Rand
	SharedContent, SharedNuisance bool // the same in both views; else drawn anew for each
}

// Batch is k things in two views, (k, Inputs) each, with what the first view shows.
type Batch struct {
	First, Second     []float64
	Content, Nuisance []int
}

// Draw draws k things.
func (s Source) Draw(k int) Batch {
	var b Batch
	for range k {
		content, nuisance := s.Rng.IntN(Classes), s.Rng.IntN(Classes)
		b.Content, b.Nuisance = append(b.Content, content), append(b.Nuisance, nuisance)
		b.First = append(b.First, s.show(content, nuisance)...)
		if !s.SharedContent {
			content = s.Rng.IntN(Classes)
		}
		if !s.SharedNuisance {
			nuisance = s.Rng.IntN(Classes)
		}
		b.Second = append(b.Second, s.show(content, nuisance)...)
	}
	return b
}

// show returns a view.
func (s Source) show(content, nuisance int) []float64 {
	const noise = 0.1
	var view []float64
	for _, class := range []int{content, nuisance} {
		sin, cos := math.Sincos(2 * math.Pi * float64(class) / Classes)
		view = append(view, cos+noise*s.Rng.NormFloat64(), sin+noise*s.Rng.NormFloat64())
	}
	return view
}

// Nearest returns the percentage of rows of z, d numbers each, whose nearest other row has
// the same label.
func Nearest(z []float64, d int, labels []int) float64 {
	right := 0
	for i, label := range labels {
		at, least := 0, math.Inf(1)
		for j := range labels {
			distance := 0.0
			for c := range d {
				diff := z[i*d+c] - z[j*d+c]
				distance += float64(diff * diff)
			}
			if i != j && distance < least {
				at, least = j, distance
			}
		}
		if labels[at] == label {
			right++
		}
	}
	return 100 * float64(right) / float64(len(labels))
}
