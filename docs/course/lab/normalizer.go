package main

import (
	"fmt"
	"io"
	"math"

	"entrec/internal/chart"
	"entrec/mvssl/special"
)

// publishedKappa is the concentration of the paper's official file.
const publishedKappa = 10

// normalizer shows log C_d(κ), and what is left of it where I + 1e-7 stands for I.
func normalizer(w io.Writer) {
	fmt.Fprintf(w, "log 1e-7 = %.3f\n%5s %9s %9s %10s %8s %10s\n", math.Log(1e-7), "d", "log I", "exact", "official", "off by", "most")
	for _, d := range []int{16, 64, 128, 256, 512, 1000} {
		exact, official := special.LogVMFNormalizer(d, publishedKappa), special.LogVMFNormalizerOfficial(d, publishedKappa)
		fmt.Fprintf(w, "%5d %9.2f %9.2f %10.2f %8.2f %10.2f\n", d, special.LogBesselI(float64(d)/2-1, publishedKappa),
			exact, official, exact-official, -special.LogVMFNormalizer(d, 0))
	}
}

// normalizerFigure draws how far it is off.
func normalizerFigure() *chart.Chart {
	c := &chart.Chart{Title: "By how much the official normalizer is too low", X: "dimension d", Y: "nats"}
	for _, kappa := range []float64{1, 5, 10, 20, 50} {
		line := chart.Line{Name: fmt.Sprintf("κ = %g", kappa)}
		for d := 4; d <= 256; d += 12 {
			off := special.LogVMFNormalizer(d, kappa) - special.LogVMFNormalizerOfficial(d, kappa)
			line.Points = append(line.Points, chart.Point{X: float64(d), Y: off})
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

// spread is k unit rows in d dimensions that are spread evenly.
type spread struct{ k, d int }

// logSum returns log Σ_j e^{κ·⟨z_i,z_j⟩}: the own point adds e^κ, and each other one the mean of
// e^{κ·cos} over the sphere, C_d(0)/C_d(κ).
func (s spread) logSum() float64 { return math.Log(math.Exp(publishedKappa) + s.others()) }

func (s spread) others() float64 {
	mean := math.Exp(special.LogVMFNormalizer(s.d, 0) - special.LogVMFNormalizer(s.d, publishedKappa))
	return float64(s.k-1) * mean
}

// entropy returns the estimate by bells with the own point.
func (s spread) entropy(logC float64) float64 { return math.Log(float64(s.k)) - logC - s.logSum() }

// published shows what the official file says of rows that are spread evenly, and what it
// should say.
func published(w io.Writer) {
	fmt.Fprintf(w, "%5s %5s %10s %9s %9s %10s\n", "k", "d", "official", "exact", "most", "own share")
	for _, s := range []spread{{4096, 128}, {512, 128}, {256, 128}, {256, 256}, {1000, 1000}} {
		fmt.Fprintf(w, "%5d %5d %10.2f %9.2f %9.2f %8.0f %%\n", s.k, s.d,
			s.entropy(special.LogVMFNormalizerOfficial(s.d, publishedKappa)), s.entropy(special.LogVMFNormalizer(s.d, publishedKappa)),
			-special.LogVMFNormalizer(s.d, 0), 100*math.Exp(publishedKappa-s.logSum()))
	}
}
