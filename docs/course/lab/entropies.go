package main

import (
	"fmt"
	"io"
	"math"

	"entrec/internal/chart"
	"entrec/mvssl/objective"
	"entrec/mvssl/special"
)

// dimensions are those of chapter 6's sphere.
const dimensions = 16

// entropies shows four estimates of known entropies, from few points and from many.
func entropies(w io.Writer) {
	fmt.Fprintf(w, "%-9s %5s %8s %11s %9s %9s %9s\n", "", "k", "known", "own point", "without", "nearest", "log-det")
	for _, c := range clouds(dimensions) {
		for _, k := range []int{64, 1024} {
			fmt.Fprintf(w, "%-9s %5d %8.2f %11.2f %9.2f %9.2f %9.2f\n", c.name, k, c.entropy,
				c.mean(2, k, func(z [][]float64) float64 { return bellEntropy(z, 10, objective.Include) }),
				c.mean(2, k, func(z [][]float64) float64 { return bellEntropy(z, 10, objective.Exclude) }),
				c.mean(2, k, nearestEntropy), c.mean(2, k, gaussianEntropy))
		}
	}
}

// bellsOf are the points of the second experiment: a bell of κ = 20, 512 points.
const bellsOf = 512

// widths shows estimates by bells of several concentrations.
func widths(w io.Writer) {
	c := clouds(dimensions)[1]
	fmt.Fprintf(w, "known: %.2f nats\n%5s %10s %11s %10s %9s\n", c.entropy, "κ", "own share", "own point", "at most", "without")
	for _, kappa := range []float64{1, 5, 10, 20, 40, 80} {
		with, without := withAndWithout(c, kappa)
		// The own point is e^κ of a sum: what the two estimates differ by tells its share.
		share := 1 - math.Exp(with-without)*(bellsOf-1)/bellsOf
		most := math.Log(bellsOf) - special.LogVMFNormalizer(dimensions, kappa) - kappa
		fmt.Fprintf(w, "%5g %8.0f %% %11.2f %10.2f %9.2f\n", kappa, 100*share, with, most, without)
	}
}

func withAndWithout(c cloud, kappa float64) (with, without float64) {
	return c.mean(1, bellsOf, func(z [][]float64) float64 { return bellEntropy(z, kappa, objective.Include) }),
		c.mean(1, bellsOf, func(z [][]float64) float64 { return bellEntropy(z, kappa, objective.Exclude) })
}

// widthsFigure draws the same over all concentrations.
func widthsFigure() *chart.Chart {
	c := clouds(dimensions)[1]
	lines := []chart.Line{{Name: "known"}, {Name: "with the own point"}, {Name: "without the own point"}}
	for kappa := 1.0; kappa <= 60; kappa += 3 {
		with, without := withAndWithout(c, kappa)
		for i, v := range []float64{c.entropy, with, without} {
			lines[i].Points = append(lines[i].Points, chart.Point{X: kappa, Y: v})
		}
	}
	return &chart.Chart{Title: "The entropy of a bell, from 512 points in 16 dimensions", X: "κ of the estimate", Y: "nats", Lines: lines}
}
