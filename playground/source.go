package playground

import (
	"math"
	"math/rand/v2"
)

// classes is how many values the content of a thing has, and how many its nuisance.
const classes = 4

// inputs is how many numbers a view has.
const inputs = 4

// source draws pairs of views of made-up things, as in the course's first chapter. A thing
// has a content and a nuisance, and a view of it shows each as a point on a circle of its
// own, with noise. The content is the same in both views.
type source struct {
	rng            *rand.Rand
	sharedNuisance bool // the same in both views; else drawn anew
}

// batch is some things in two views, with what the first view shows.
type batch struct {
	first, second     []float64
	content, nuisance []int
}

// draw draws k things.
func (s source) draw(k int) batch {
	var b batch
	for range k {
		content, nuisance := s.rng.IntN(classes), s.rng.IntN(classes)
		b.content, b.nuisance = append(b.content, content), append(b.nuisance, nuisance)
		b.first = append(b.first, s.show(content, nuisance)...)
		if !s.sharedNuisance {
			nuisance = s.rng.IntN(classes)
		}
		b.second = append(b.second, s.show(content, nuisance)...)
	}
	return b
}

// show returns a view.
func (s source) show(content, nuisance int) []float64 {
	const noise = 0.1
	var view []float64
	for _, class := range []int{content, nuisance} {
		sin, cos := math.Sincos(2 * math.Pi * float64(class) / classes)
		view = append(view, cos+noise*s.rng.NormFloat64(), sin+noise*s.rng.NormFloat64())
	}
	return view
}

// nearest returns the percentage of rows of z, d numbers each, whose nearest other row has
// the same label.
func nearest(z []float64, d int, labels []int) float64 {
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
