package main

import (
	"fmt"
	"io"
	"math"

	"entrec/mvssl/objective"
)

// usual are the pairs that chapters 3 and 4 draw: 5 nats in 16 dimensions.
var usual = pair{d: 16, kappa: 20}

// bound shows the ER bound for several concentrations of q.
func bound(w io.Writer) {
	const k, repeats = 256, 10
	fmt.Fprintf(w, "known: %.3f nats\n%6s %15s %7s %16s %16s\n", usual.information(), "κ of q", "entropy known", "gap", "with own point", "without")
	for _, kappa := range []float64{2.5, 5, 10, 20, 40} {
		known := usual.bound(kappa)
		fmt.Fprintf(w, "%6g %15.3f %7.3f", kappa, known, usual.information()-known)
		for _, self := range []objective.Self{objective.Include, objective.Exclude} {
			mean, deviation := usual.batches(repeats, k, func(z1, z2 [][]float64) float64 { return erOf(z1, z2, kappa, self) })
			fmt.Fprintf(w, " %9.2f ± %.2f", mean, deviation)
		}
		fmt.Fprintln(w)
	}
}

// ceiling shows InfoNCE for several sizes of batch and known informations.
func ceiling(w io.Writer) {
	kappas := []float64{2, 10, 20, 80}
	fmt.Fprintf(w, "%5s %7s", "", "")
	for _, kappa := range kappas {
		fmt.Fprintf(w, " %8.2f", pair{16, kappa}.information())
	}
	fmt.Fprintf(w, "  nats known\n%5s %7s\n", "k", "log k")
	for _, k := range []int{2, 8, 32, 128, 512} {
		fmt.Fprintf(w, "%5d %7.2f", k, math.Log(float64(k)))
		for _, kappa := range kappas {
			mean, _ := pair{16, kappa}.batches(8192/k, k, func(z1, z2 [][]float64) float64 { return toldOf(z1, z2, kappa) })
			fmt.Fprintf(w, " %8.2f", mean)
		}
		fmt.Fprintln(w)
	}
}

// critic shows InfoNCE for several temperatures on the same pairs.
func critic(w io.Writer) {
	const k, repeats = 256, 20
	fmt.Fprintf(w, "known: %.2f nats, log k = %.2f\n%6s %12s %9s\n", usual.information(), math.Log(k), "1/τ", "InfoNCE", "below")
	for _, kappa := range []float64{1, 5, 10, 20, 40, 160} {
		mean, _ := usual.batches(repeats, k, func(z1, z2 [][]float64) float64 { return toldOf(z1, z2, kappa) })
		fmt.Fprintf(w, "%6g %12.2f %9.2f\n", kappa, mean, usual.information()-mean)
	}
}
