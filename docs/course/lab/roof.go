package main

import (
	"fmt"
	"io"
	"math"

	"entrec/internal/chart"
)

// shape is that of a convolution: channels, the kernel, the stride, and the output's side.
type shape struct {
	from, to, kernel, stride, side int
}

// mflop returns the operations of its forward pass, a multiplication and an addition for
// each weight and place.
func (s shape) mflop() float64 {
	return 2 * float64(s.from*s.kernel*s.kernel*s.to*s.side*s.side) / 1e6
}

// kilobytes returns what it moves for an image of a batch, in single precision: what goes in
// and out, and its part of the weights, which are read once for all of the batch.
func (s shape) kilobytes(batch int) float64 {
	in := s.side * s.stride
	weights := s.from * s.kernel * s.kernel * s.to
	return 4 * (float64(s.from*in*in+s.to*s.side*s.side) + float64(weights)/float64(batch)) / 1e3
}

// machine is what a core can do, in single precision.
type machine struct {
	gflops, gigabytes float64 // a second
}

// least returns the microseconds that a pass takes at the least, and what it waits for.
func (m machine) least(mflop, kilobytes float64) (us float64, limit string) {
	arithmetic, memory := 1e3*mflop/m.gflops, kilobytes/m.gigabytes
	if memory > arithmetic {
		return memory, "memory"
	}
	return arithmetic, "arithmetic"
}

// core is the one of the performance tables, an EPYC 7003 with AVX2; its roof was measured.
var core = machine{gflops: 91, gigabytes: 13.8}

// work is something that a step does for an image.
type work struct {
	name             string
	mflop, kilobytes float64
}

// ofTables is the batch of the performance tables.
const ofTables = 256

// works are some layers of a ResNet-18 of width 16, forward, and an affine map of its first
// activation, which a batch norm is in the end.
func works(batch int) (all []work) {
	for _, s := range []shape{{3, 16, 3, 1, 32}, {16, 16, 3, 1, 32}, {16, 32, 1, 2, 16}, {32, 32, 3, 1, 16}, {64, 64, 3, 1, 8}, {64, 128, 1, 2, 4}, {128, 128, 3, 1, 4}} {
		all = append(all, work{fmt.Sprintf("%d→%d, %d×%d, stride %d", s.from, s.to, s.kernel, s.kernel, s.stride), s.mflop(), s.kilobytes(batch)})
	}
	const elements = 16 * 32 * 32
	return append(all, work{"scale and shift", 2 * elements / 1e6, 2 * 4 * elements / 1e3})
}

// density returns operations for each byte.
func (w work) density() float64 { return 1e3 * w.mflop / w.kilobytes }

// roof shows where they stand under the roof of a core, in a batch and for an image alone.
func roof(w io.Writer) {
	fmt.Fprintf(w, "roof: %g GFLOP/s, %g GB/s, which meet at %.1f flop/byte\n", core.gflops, core.gigabytes, core.gflops/core.gigabytes)
	for _, batch := range []int{ofTables, 1} {
		fmt.Fprintf(w, "%-22s %6s %6s %10s %9s  %s\n", fmt.Sprintf("an image of %d", batch), "MFLOP", "kB", "flop/byte", "least, µs", "waits for")
		for _, x := range works(batch) {
			us, limit := core.least(x.mflop, x.kilobytes)
			fmt.Fprintf(w, "%-22s %6.2f %6.0f %10.2f %9.1f  %s\n", x.name, x.mflop, x.kilobytes, x.density(), us, limit)
		}
	}
}

// roofFigure draws the roof, and where the works stand.
func roofFigure() *chart.Chart {
	at := func(density float64) chart.Point {
		us, _ := core.least(density, 1e3) // of a megabyte
		return chart.Point{X: math.Log2(density), Y: 1e3 * density / us}
	}
	line := chart.Line{Name: "the roof"}
	for e := -2.0; e <= 9; e += 0.25 {
		line.Points = append(line.Points, at(math.Exp2(e)))
	}
	c := &chart.Chart{Title: "The most that a core can make of it", X: "operations a byte, as a power of two", Y: "GFLOP/s", Lines: []chart.Line{line}}
	for _, x := range works(ofTables) {
		c.Lines = append(c.Lines, chart.Line{Name: x.name, Points: []chart.Point{at(x.density())}})
	}
	return c
}
