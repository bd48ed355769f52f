package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/mvssl/objective"
	"entrec/reference/bounds"
)

// pairs are what chapters 3 and 4 draw: 5 nats on the sphere in 16 dimensions.
var pairs = bounds.VMF{D: 16, Kappa: 20}

// batches returns the mean of an estimate over some batches of k pairs.
func batches(p bounds.VMF, n, k int, estimate func(z1, z2 [][]float64) float64) bounds.Mean {
	rng := rand.New(rand.NewPCG(1, uint64(k)))
	values := make([]float64, n)
	for i := range values {
		values[i] = estimate(p.Sample(rng, k))
	}
	return bounds.MeanOf(values)
}

// bound shows the ER bound for several concentrations of q.
func bound(w io.Writer) {
	const k, repeats = 256, 10
	fmt.Fprintf(w, "known: %.3f nats\n%6s %15s %7s %16s %16s\n", pairs.MutualInformation(), "κ of q", "entropy known", "gap", "with own point", "without")
	for _, kappa := range []float64{2.5, 5, 10, 20, 40} {
		known := pairs.ERTrueEntropy(kappa)
		fmt.Fprintf(w, "%6g %15.3f %7.3f", kappa, known, pairs.MutualInformation()-known)
		for _, self := range []objective.Self{objective.Include, objective.Exclude} {
			m := batches(pairs, repeats, k, func(z1, z2 [][]float64) float64 { return bounds.ER(z1, z2, kappa, self) })
			fmt.Fprintf(w, " %8.2f ± %.2f", m.Value, m.Error)
			fmt.Fprint(w, "  ")
		}
		fmt.Fprintln(w)
	}
}

// ceiling shows InfoNCE for several sizes of batch and known informations.
func ceiling(w io.Writer) {
	kappas := []float64{2, 10, 20, 80}
	fmt.Fprintf(w, "%5s %7s", "", "")
	for _, kappa := range kappas {
		fmt.Fprintf(w, " %8.2f", bounds.VMF{D: 16, Kappa: kappa}.MutualInformation())
	}
	fmt.Fprintf(w, "  nats known\n%5s %7s\n", "k", "log k")
	for _, k := range []int{2, 8, 32, 128, 512} {
		fmt.Fprintf(w, "%5d %7.2f", k, math.Log(float64(k)))
		for _, kappa := range kappas {
			p := bounds.VMF{D: 16, Kappa: kappa}
			m := batches(p, 8192/k, k, func(z1, z2 [][]float64) float64 { return bounds.InfoNCE(z1, z2, kappa) })
			fmt.Fprintf(w, " %8.2f", m.Value)
		}
		fmt.Fprintln(w)
	}
}

// critic shows InfoNCE for several temperatures on the same pairs.
func critic(w io.Writer) {
	const k, repeats = 256, 20
	fmt.Fprintf(w, "known: %.2f nats, log k = %.2f\n%6s %12s %9s\n", pairs.MutualInformation(), math.Log(k), "1/τ", "InfoNCE", "below")
	for _, kappa := range []float64{1, 5, 10, 20, 40, 160} {
		m := batches(pairs, repeats, k, func(z1, z2 [][]float64) float64 { return bounds.InfoNCE(z1, z2, kappa) })
		fmt.Fprintf(w, "%6g %12.2f %9.2f\n", kappa, m.Value, pairs.MutualInformation()-m.Value)
	}
}
