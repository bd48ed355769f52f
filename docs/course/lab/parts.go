package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/mvssl/special"
)

// parts takes NT-Xent apart on pairs of known mutual information, and ER beside it: in
// both, reconstruction and an entropy of bells on the other points, in nats.
func parts(w io.Writer) {
	fmt.Fprintf(w, "%3s %6s  %15s  %21s  %21s\n", "", "", "", "NT-Xent", "ER, no own point")
	fmt.Fprintf(w, "%3s %6s  %15s  %12s %8s  %12s %8s\n", "κ", "known", "reconstruction", "entropy", "sum", "entropy", "sum")
	for _, kappa := range []float64{2, 10, 20, 80} {
		p := pair{partsDimensions, kappa}
		reconstruction, all, view := partsOf(p)
		fmt.Fprintf(w, "%3g %6.2f  %15.2f  %12.2f %8.2f  %12.2f %8.2f\n", kappa, p.information(),
			reconstruction, all, reconstruction+all, view, reconstruction+view)
	}
}

// partsPairs is how many pairs the parts are made of, and partsDimensions of what.
const partsPairs, partsDimensions = 256, 16

// partsOf returns the reconstruction of some pairs, the entropy of bells on all other points,
// and that of bells on the other points of the same view.
func partsOf(p pair) (reconstruction, all, view float64) {
	const k = partsPairs
	z1, z2 := p.sample(rand.New(rand.NewPCG(1, 1)), k)
	z := append(z1, z2...)
	logC := special.LogVMFNormalizer(p.d, p.kappa)
	reconstruction = logC
	for i := range z {
		partner := (i + k) % (2 * k)
		reconstruction += p.kappa * dot(z[i], z[partner]) / (2 * k)
		sumAll, sumView := 0.0, 0.0
		for j := range z {
			if i == j {
				continue
			}
			bell := math.Exp(p.kappa * dot(z[i], z[j]))
			sumAll += bell
			if i/k == j/k {
				sumView += bell
			}
		}
		all -= (math.Log(sumAll/(2*k-1)) + logC) / (2 * k)
		view -= (math.Log(sumView/(k-1)) + logC) / (2 * k)
	}
	return reconstruction, all, view
}
