package main

import (
	"fmt"
	"io"
	"math"
	"os"
)

// agreement is how far apart, relatively, the checks of two programs may be: products of
// whole numbers are exact; losses are float32 sums of some thousand terms.
const agreement = 1e-5

// measure makes the benchmarks. A peer that is missing or fails is left out, which the
// report and stderr say.
func measure(s settings, all map[string]program, have features, stderr io.Writer) (*report, error) {
	r := newReport(have)
	out, settled := map[string]bool{}, map[string]bool{}
	drop := func(name, why string) {
		fmt.Fprintf(stderr, "\n*** MISSING: %s: %s ***\n\n", name, why)
		r.Missing = append(r.Missing, missing{name, why})
		out[name] = true
	}
	// ready reports whether a program can take turns, and chooses its kernels before its first.
	ready := func(name string) bool {
		if out[name] || settled[name] {
			return !out[name]
		}
		settled[name] = true
		p := all[name]
		if p.missing != "" {
			drop(name, p.missing)
			return false
		}
		if !usesOpenBLAS[name] {
			return true
		}
		c, err := p.settle(have, os.Getenv("OPENBLAS_CORETYPE"))
		if err != nil {
			drop(name, err.Error())
			return false
		}
		all[name], r.Cores[name] = p, c
		if c.Found != "" {
			fmt.Fprintf(stderr, "%s: OpenBLAS's core type: %s\n", name, c)
		}
		return true
	}
	for _, b := range benchmarks(s) {
		results := map[string]*result{}
		for round := range s.rounds {
			var ours answer
			for _, name := range append([]string{"entrec"}, b.peers...) {
				if !ready(name) {
					continue
				}
				fmt.Fprintf(stderr, "%s, %d threads, round %d of %d: %s\n", b.Benchmark, b.Threads, round+1, s.rounds, name)
				a, err := all[name].take(b.task)
				switch {
				case err != nil && name == "entrec":
					return nil, err
				case err != nil:
					drop(name, err.Error())
					continue
				case name == "entrec":
					ours = a
				}
				for _, i := range b.Cases {
					if x, y := a.Checks[i.Name], ours.Checks[i.Name]; !(math.Abs(x-y) <= agreement*math.Abs(y)) {
						return nil, fmt.Errorf("%s and entrec disagree on %s: %v and %v", name, i.Name, x, y)
					}
					key := i.Name + name
					if results[key] == nil {
						results[key] = r.add(b, i.Name, name, a)
					}
					results[key].Values = append(results[key].Values, a.Values[i.Name])
					results[key].PeakRSS = max(results[key].PeakRSS, a.PeakRSS)
				}
			}
		}
	}
	r.finish()
	return r, nil
}

// usesOpenBLAS has the peers whose matrix products may be OpenBLAS's: PyTorch's are where
// it was built with the system's BLAS, as Debian's is.
var usesOpenBLAS = map[string]bool{"openblas": true, "torch": true, "torch-nchw": true, "torch-nhwc": true}
