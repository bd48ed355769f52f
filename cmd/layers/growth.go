package main

import (
	"fmt"
	"io"
	"math"
	"runtime"

	"gonum.org/v1/gonum/stat"

	"entrec/internal/bench"
	"entrec/tensor"
)

// sweep is how a cost grows with a size, all else being equal.
type sweep struct {
	Name     string    `json:"name"`
	Cost     string    `json:"cost"` // the unit of what is measured
	Size     string    `json:"size"` // what is varied
	Sizes    []int     `json:"sizes"`
	Costs    []float64 `json:"costs"`
	Exponent float64   `json:"exponent"` // of the size, by least squares in logarithms
	Expected string    `json:"expected"`

	measure func(size int) (float64, error)
}

// growth is all sweeps.
type growth struct {
	Machine bench.Machine `json:"machine"`
	Sweeps  []*sweep      `json:"sweeps"`
}

// sweeps returns what is measured. Sizes begin where costs that do not grow with them
// count little.
func sweeps(s settings, ask asker) []*sweep {
	stepTime := func(width, batch int) (float64, error) {
		speed, err := bench.Step{Width: width, Batch: batch}.ImagesPerSecond(s.repeats)
		return 1000 * float64(batch) / speed, err
	}
	all := []*sweep{
		{Name: "step, ResNet-18 w16", Cost: "ms", Size: "batch", Sizes: []int{16, 32, 64, 128, 256}, Expected: "1",
			measure: func(batch int) (float64, error) { return stepTime(16, batch) }},
		{Name: "step, ResNet-18, b32", Cost: "ms", Size: "width", Sizes: []int{8, 16, 32, 64}, Expected: "1 to 2",
			measure: func(width int) (float64, error) { return stepTime(width, 32) }},
	}
	for _, objective := range []struct{ name, title string }{{"ntxent", "NT-Xent"}, {"er", "ER"}} {
		milliseconds := func(k, d int) (float64, error) {
			pass := bench.Objective{Name: objective.name, K: k, D: d}.Pass()
			return 1000 * bench.QuickTime(func() { pass() }, s.seconds), nil
		}
		megabytes := func(k, d int) (float64, error) {
			r, err := ask(question{Objective: &bench.Objective{Name: objective.name, K: k, D: d}})
			return float64(r.Allocated) / 1e6, err
		}
		const k0, d0 = 2048, 128
		ks, ds := []int{512, 1024, 2048, 4096, 8192}, []int{32, 64, 128, 256, 512}
		ofK := func(f func(k, d int) (float64, error)) func(int) (float64, error) {
			return func(k int) (float64, error) { return f(k, d0) }
		}
		ofD := func(f func(k, d int) (float64, error)) func(int) (float64, error) {
			return func(d int) (float64, error) { return f(k0, d) }
		}
		all = append(all,
			&sweep{Name: objective.title + ", d=128", Cost: "ms", Size: "k", Sizes: ks, Expected: "2", measure: ofK(milliseconds)},
			&sweep{Name: objective.title + ", k=2048", Cost: "ms", Size: "d", Sizes: ds, Expected: "up to 1", measure: ofD(milliseconds)},
			&sweep{Name: objective.title + ", d=128", Cost: "MB", Size: "k", Sizes: ks, Expected: "1", measure: ofK(megabytes)},
			&sweep{Name: objective.title + ", k=2048", Cost: "MB", Size: "d", Sizes: ds, Expected: "up to 1", measure: ofD(megabytes)})
	}
	return all
}

// grow measures the sweeps on one thread. In each round all sizes have their turn, and
// the least cost of the rounds counts. Objectives are measured in processor time, a step
// by the median of some on the wall.
func grow(all []*sweep, rounds int, stderr io.Writer) (*growth, error) {
	g := &growth{bench.ThisMachine(), all}
	defer tensor.SetThreads(tensor.Threads())
	tensor.SetThreads(1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for round := range rounds {
		for _, s := range all {
			fmt.Fprintf(stderr, "growth, round %d of %d: %s of %s by %s\n", round+1, rounds, s.Cost, s.Name, s.Size)
			for i, size := range s.Sizes {
				cost, err := s.measure(size)
				if err == nil && !(cost > 0) { // a clock can be too coarse
					err = fmt.Errorf("measured %.3g %s, expected more than 0", cost, s.Cost)
				}
				if err != nil {
					return nil, fmt.Errorf("%s, %s %d: %w", s.Name, s.Size, size, err)
				}
				if round == 0 {
					s.Costs = append(s.Costs, cost)
				}
				s.Costs[i] = min(s.Costs[i], cost)
			}
		}
	}
	for _, s := range all {
		s.fit()
	}
	return g, nil
}

// fit finds the exponent e of cost ≈ a·sizeᵉ.
func (s *sweep) fit() {
	x, y := make([]float64, len(s.Sizes)), make([]float64, len(s.Sizes))
	for i := range x {
		x[i], y[i] = math.Log(float64(s.Sizes[i])), math.Log(s.Costs[i])
	}
	_, s.Exponent = stat.LinearRegression(x, y, nil, false)
}

// write prints a table in Markdown, or JSON.
func (g *growth) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return bench.WriteJSON(w, g)
	}
	m := g.Machine
	fmt.Fprintf(w, "%s, %s, SIMD level %s, load %s at the start; one thread\n\n", m.CPU, m.Go, m.SIMD, m.Load)
	fmt.Fprintln(w, "| what | unit | over | costs | exponent | expected |\n| --- | --- | --- | --- | --- | --- |")
	for _, s := range g.Sweeps {
		costs := ""
		for i, c := range s.Costs {
			if i > 0 {
				costs += ", "
			}
			costs += fmt.Sprintf("%d: %.3g", s.Sizes[i], c)
		}
		if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s | %.2f | %s |\n", s.Name, s.Cost, s.Size, costs, s.Exponent, s.Expected); err != nil {
			return err
		}
	}
	return nil
}
