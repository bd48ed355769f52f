package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/mvssl/objective"
	"entrec/mvssl/special"
	"entrec/reference/bounds"
)

// samples is how many pairs each number of the figure is a mean of.
const samples = 8192

// panel is one part of the figure: what is known and estimated at each place.
type panel struct {
	title, axis string
	places      []float64 // along the axis
	at          func(place float64) question
}

// question is a distribution of pairs, how many of them a batch holds, and the κ of the
// estimates: that of the pairs is the best that there is.
type question struct {
	pairs bounds.VMF
	k     int
	kappa float64
}

var panels = []panel{
	{"d = 16, κ = 20", "pairs in a batch, k", powers(2, 2, 2048),
		func(k float64) question { return question{bounds.VMF{D: 16, Kappa: 20}, int(k), 20} }},
	{"d = 16, k = 256", "concentration, κ", powers(2, 1, 1024),
		func(kappa float64) question { return question{bounds.VMF{D: 16, Kappa: kappa}, 256, kappa} }},
	{"κ = 100, k = 256", "dimension, d", powers(2, 2, 1024),
		func(d float64) question { return question{bounds.VMF{D: int(d), Kappa: 100}, 256, 100} }},
	{"d = 64, pairs of κ = 50, k = 256", "κ of the estimates", powers(math.Sqrt2, 6.25, 400),
		func(kappa float64) question { return question{bounds.VMF{D: 64, Kappa: 50}, 256, kappa} }},
}

// row is what stands at one place, in nats.
type row struct {
	place, truth, ceiling     float64
	known, official           float64 // ER with the true entropy, and with the official file's normalizer
	infoNCE, include, exclude bounds.Mean
}

// measureBounds prints the numbers of the panels as tables and returns them. Each is the
// mean over batches of samples pairs in all, 4 batches at least.
func measureBounds(out io.Writer, samples int) (all [][]row) {
	for _, p := range panels {
		fmt.Fprintf(out, "%s\n\n| %s | I | ER, entropy known | official | log k | InfoNCE | ER, self | ER, others only |\n"+
			"| --- | --- | --- | --- | --- | --- | --- | --- |\n", p.title, p.axis)
		var rows []row
		for _, place := range p.places {
			r := measure(p, place, samples)
			rows = append(rows, r)
			fmt.Fprintf(out, "| %.4g | %.3f | %.3f | %.3f | %.3f | %.3f ± %.3f | %.3f ± %.3f | %.3f ± %.3f |\n",
				r.place, r.truth, r.known, r.official, r.ceiling,
				r.infoNCE.Value, r.infoNCE.Error, r.include.Value, r.include.Error, r.exclude.Value, r.exclude.Error)
		}
		fmt.Fprintln(out)
		all = append(all, rows)
	}
	return all
}

// measure works out and estimates what stands at one place.
func measure(p panel, place float64, samples int) row {
	q := p.at(place)
	rng := rand.New(rand.NewPCG(1, math.Float64bits(place)))
	estimates := [3][]float64{}
	for range max(4, samples/q.k) {
		z1, z2 := q.pairs.Sample(rng, q.k)
		for i, v := range []float64{
			bounds.InfoNCE(z1, z2, q.kappa),
			bounds.ER(z1, z2, q.kappa, objective.Include),
			bounds.ER(z1, z2, q.kappa, objective.Exclude),
		} {
			estimates[i] = append(estimates[i], v)
		}
	}
	known := q.pairs.ERTrueEntropy(q.kappa)
	off := special.LogVMFNormalizer(q.pairs.D, q.kappa) - special.LogVMFNormalizerOfficial(q.pairs.D, q.kappa)
	return row{place, q.pairs.MutualInformation(), math.Log(float64(q.k)), known, known - off,
		bounds.MeanOf(estimates[0]), bounds.MeanOf(estimates[1]), bounds.MeanOf(estimates[2])}
}

// powers returns low, low·by, … up to high.
func powers(by, low, high float64) (list []float64) {
	for v := low; v <= high*1.0001; v *= by {
		list = append(list, v)
	}
	return list
}
