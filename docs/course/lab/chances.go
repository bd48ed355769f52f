package main

import (
	"fmt"
	"io"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// chances shows how good the best of some equal networks seems: each is right with the same
// probability, and the one is taken that does best on the test images.
func chances(w io.Writer) {
	const images, truth, repeats = 1000, 0.6, 2000
	exam := distuv.Binomial{N: images, P: truth, Src: rand.New(rand.NewPCG(1, 1))}
	fmt.Fprintf(w, "%6s  %11s  %15s\n", "tried", "best seems", "on new images")
	for _, tries := range []int{1, 2, 5, 10, 30, 100} {
		seems, is := 0.0, 0.0
		for range repeats {
			best := 0.0
			for range tries {
				best = max(best, exam.Rand()/images)
			}
			seems += best / repeats
			is += exam.Rand() / images / repeats
		}
		fmt.Fprintf(w, "%6d  %9.1f %%  %13.1f %%\n", tries, 100*seems, 100*is)
	}
}
