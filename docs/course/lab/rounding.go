package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/internal/chart"
)

// rounding adds up numbers in single precision in several ways, and shows by how much the
// sums are off, in units of 2⁻²⁴ of the sum.
func rounding(w io.Writer) {
	sizes := []int{100, 10_000, 1_000_000}
	fmt.Fprintf(w, "%-20s", "numbers")
	for _, n := range sizes {
		fmt.Fprintf(w, "%12d", n)
	}
	fmt.Fprintln(w)
	for _, way := range ways {
		fmt.Fprintf(w, "%-20s", way.name)
		for _, n := range sizes {
			fmt.Fprintf(w, "%12.1f", offBy(n, way.sum))
		}
		fmt.Fprintln(w)
	}
}

// ways are how one can add up.
var ways = []struct {
	name string
	sum  func(x []float32) float32
}{{"one by one", oneByOne}, {"in halves", inHalves}, {"in double precision", inDouble}}

// offBy returns by how much a sum of n numbers is off, on average over some draws.
func offBy(n int, sum func(x []float32) float32) (units float64) {
	const draws = 4
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, n)
	for range draws {
		exact := 0.0
		for i := range x {
			x[i] = rng.Float32()
			exact += float64(x[i])
		}
		units += math.Abs(float64(sum(x))-exact) / exact * (1 << 24) / draws
	}
	return units
}

// roundingFigure draws the error against the number of numbers.
func roundingFigure() *chart.Chart {
	c := &chart.Chart{Title: "How far a sum in single precision is off", X: "numbers, as a power of two", Y: "units of 2⁻²⁴ of the sum"}
	for _, way := range ways {
		line := chart.Line{Name: way.name}
		for e := 4; e <= 18; e += 2 {
			line.Points = append(line.Points, chart.Point{X: float64(e), Y: offBy(1<<e, way.sum)})
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

func oneByOne(x []float32) (sum float32) {
	for _, v := range x {
		sum += v
	}
	return sum
}

// inHalves adds the sums of both halves.
func inHalves(x []float32) float32 {
	if len(x) == 1 {
		return x[0]
	}
	return inHalves(x[:len(x)/2]) + inHalves(x[len(x)/2:])
}

func inDouble(x []float32) float32 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return float32(sum)
}
