package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"entrec/internal/chart"
)

// deviation is that of a difference of differences over seeds, in points, as docs/paper.md
// expects it.
const deviation = 3.9

// claims are differences of differences that the paper's Table 2 has, in points.
var claims = []struct {
	name string
	d    float64
}{
	{"nothing", 0}, {"SimCLR, batch", 1.2}, {"BYOL, EMA", 2.2}, {"DINO, batch", 4.4}, {"DINO, EMA", 7.3}, {"BYOL, batch", 21.3},
}

// above returns how often, in percent, the 95 % t-interval of n seeds lies above 0 where the
// differences are normal around d.
func above(d float64, n int) float64 {
	const experiments = 4000
	rng := rand.New(rand.NewPCG(10, uint64(n)))
	t := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975)
	count := 0
	for range experiments {
		sum, squares := 0.0, 0.0
		for range n {
			x := d + deviation*rng.NormFloat64()
			sum += x
			squares += x * x
		}
		mean := sum / float64(n)
		s := math.Sqrt((squares - sum*mean) / float64(n-1))
		if mean > t*s/math.Sqrt(float64(n)) {
			count++
		}
	}
	return 100 * float64(count) / experiments
}

// power shows how often so many seeds find what there is.
func power(w io.Writer) {
	seeds := []int{3, 5, 8, 20}
	fmt.Fprintf(w, "%-14s %5s", "", "D")
	for _, n := range seeds {
		fmt.Fprintf(w, " %6d %s", n, "seeds")
	}
	fmt.Fprintln(w)
	for _, c := range claims {
		fmt.Fprintf(w, "%-14s %5.1f", c.name, c.d)
		for _, n := range seeds {
			fmt.Fprintf(w, " %10.0f %%", above(c.d, n))
		}
		fmt.Fprintln(w)
	}
}

// powerFigure draws it over the number of seeds.
func powerFigure() *chart.Chart {
	c := &chart.Chart{Title: "How often the interval of D lies above 0", X: "seeds", Y: "% of experiments"}
	for _, claim := range claims {
		line := chart.Line{Name: fmt.Sprintf("%s: D = %.1f", claim.name, claim.d)}
		for n := 2; n <= 20; n++ {
			line.Points = append(line.Points, chart.Point{X: float64(n), Y: above(claim.d, n)})
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}
