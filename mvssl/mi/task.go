package mi

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Task is a distribution of pairs whose mutual information is known.
type Task struct {
	// Name is what it goes by.
	Name string
	// Doc is one line.
	Doc string
	// X and Y are the dimensions of the two sides.
	X, Y int
	// MI is I(X; Y) in nats.
	MI float64
	// On is what Y lies on.
	On Support
	// Entropy is that of Y in nats, with respect to volume in the plane and to area on the
	// sphere; nil where it is not given.
	Entropy *float64
	// Kappa is the concentration of von Mises–Fisher pairs, 0 of others.
	Kappa float64
	// Sample draws n pairs, independent of each other: rows of X and of Y numbers. It is a
	// function of what rng draws alone.
	Sample func(rng *rand.Rand, n int) (x, y [][]float64)
}

// Support is what a variable lies on, which says what its entropy means.
type Support int

// The supports.
const (
	Plane    Support = iota // a density in ℝᵈ
	Sphere                  // a density on the unit sphere
	Discrete                // probabilities
)

// Tasks returns the table of tasks.
func Tasks() []Task {
	var all []Task
	for _, list := range [][]Task{oneDimensional(), multinormal(), students(), transformed(), staircase(), spheres(), discrete(), images()} {
		all = append(all, list...)
	}
	return all
}

// Find returns the task of a name. The error lists those that there are.
func Find(name string) (Task, error) {
	var names []string
	for _, t := range Tasks() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Task{}, fmt.Errorf("unknown task %q, expected %s", name, strings.Join(names, ", "))
}

// known returns an entropy that is given.
func known(entropy float64) *float64 { return &entropy }

// each returns a sampler of pairs that are drawn one by one.
func each(pair func(rng *rand.Rand) (x, y []float64)) func(rng *rand.Rand, n int) (x, y [][]float64) {
	return func(rng *rand.Rand, n int) (x, y [][]float64) {
		for range n {
			a, b := pair(rng)
			x, y = append(x, a), append(y, b)
		}
		return x, y
	}
}
