package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"entrec/mvssl/mi"
	"entrec/mvssl/special"
)

// samples is how many pairs each number of the figure is a mean of.
const samples = 8192

// panel is one part of the figure: what is known and estimated at each place.
type panel struct {
	title, axis string
	places      []float64 // along the axis
	at          func(place float64) question
}

// question is a dimension and a concentration of von Mises–Fisher pairs, how many of them a
// batch holds, and the κ of the estimates: that of the pairs is the best that there is.
type question struct {
	d     int
	pairs float64
	k     int
	kappa float64
}

var panels = []panel{
	{"d = 16, κ = 20", "pairs in a batch, k", powers(2, 2, 2048),
		func(k float64) question { return question{16, 20, int(k), 20} }},
	{"d = 16, k = 256", "concentration, κ", powers(2, 1, 1024),
		func(kappa float64) question { return question{16, kappa, 256, kappa} }},
	{"κ = 100, k = 256", "dimension, d", powers(2, 2, 1024),
		func(d float64) question { return question{int(d), 100, 256, 100} }},
	{"d = 64, pairs of κ = 50, k = 256", "κ of the estimates", powers(math.Sqrt2, 6.25, 400),
		func(kappa float64) question { return question{64, 50, 256, kappa} }},
}

// row is what stands at one place, in nats.
type row struct {
	place, truth, ceiling     float64
	known, official           float64 // ER with the true entropy, and with the official file's normalizer
	infoNCE, include, exclude mi.Mean
}

// measureBounds prints the numbers of the panels as tables and returns them. Each is the
// mean over batches of samples pairs in all, 4 batches at least.
func measureBounds(ctx context.Context, out io.Writer, samples int) (all [][]row, err error) {
	for _, p := range panels {
		fmt.Fprintf(out, "%s\n\n| %s | I | ER, entropy known | official | log k | InfoNCE | ER, self | ER, others only |\n"+
			"| --- | --- | --- | --- | --- | --- | --- | --- |\n", p.title, p.axis)
		var rows []row
		for _, place := range p.places {
			r, err := measure(ctx, p, place, samples)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
			fmt.Fprintf(out, "| %.4g | %.3f | %.3f | %.3f | %.3f | %.3f ± %.3f | %.3f ± %.3f | %.3f ± %.3f |\n",
				r.place, r.truth, r.known, r.official, r.ceiling,
				r.infoNCE.Value, r.infoNCE.Error, r.include.Value, r.include.Error, r.exclude.Value, r.exclude.Error)
		}
		fmt.Fprintln(out)
		all = append(all, rows)
	}
	return all, nil
}

// measure works out and estimates what stands at one place.
func measure(ctx context.Context, p panel, place float64, samples int) (r row, err error) {
	q := p.at(place)
	task := mi.VMF(q.d, q.pairs)
	known := mi.VMFBound(q.d, q.pairs, q.kappa)
	off := special.LogVMFNormalizer(q.d, q.kappa) - special.LogVMFNormalizerOfficial(q.d, q.kappa)
	r = row{place: place, truth: task.MI, ceiling: math.Log(float64(q.k)), known: known, official: known - off}
	for name, to := range map[string]*mi.Mean{"infonce": &r.infoNCE, "er-kde": &r.include, "er-kde-exclude": &r.exclude} {
		e, err := mi.FindEstimator(name)
		if err != nil {
			return r, err
		}
		s := mi.Settings{Estimator: e, Critic: mi.Directions, K: q.k, LR: mi.UsualLR, Kappa: q.kappa, Seed: math.Float64bits(place), Batches: max(4, samples/q.k)}
		found, err := task.Measure(ctx, s)
		if err != nil {
			return r, err
		}
		*to = mi.Mean{Value: found.Value, Error: *found.StandardError}
	}
	return r, nil
}

// powers returns low, low·by, … up to high.
func powers(by, low, high float64) (list []float64) {
	for v := low; v <= high*1.0001; v *= by {
		list = append(list, v)
	}
	return list
}
