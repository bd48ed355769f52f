package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"

	"entrec/internal/bench"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// methodCost is what a step of a method costs beside one of SimCLR with the same encoder.
type methodCost struct {
	Method  string  `json:"method"`
	Encoder string  `json:"encoder"`
	Pixels  int     `json:"pixels"` // of an image's views together
	MS      float64 `json:"ms"`     // processor time of a step, the median over rounds
	// Ratio is the time of a pixel in terms of SimCLR's, the median over rounds; Least and
	// Most are of single rounds.
	Ratio float64 `json:"ratio"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// methodCosts is those of all methods.
type methodCosts struct {
	Machine bench.Machine `json:"machine"`
	Width   int           `json:"width"`
	Batch   int           `json:"batch"`
	Costs   []methodCost  `json:"costs"`
}

// methodStep is a step of a method, in its own recipe, on the encoder that it takes where
// none is asked for.
type methodStep struct {
	method string
	bench.Step
}

// methodSteps are those of all methods.
func methodSteps(step bench.Step) (all []methodStep) {
	for _, row := range mvssl.Rows() {
		all = append(all, methodStep{row.Name, step})
	}
	return all
}

// config returns the configuration of the step, or of SimCLR's on the same encoder.
func (s methodStep) config(method string) (train.Config, error) {
	r := &train.Request{}
	r.Set("model.method", method)
	if row, err := mvssl.Find(s.method); err == nil && row.Encoder != "" {
		r.Set("model.encoder.name", row.Encoder)
	} else {
		r.Set("model.encoder.width", s.Width)
	}
	r.Set("batch", s.Batch)
	r.Set("precision", s.Precision())
	return train.ResolveFor(r, train.BenchSource())
}

// compareMethods measures each step and SimCLR's, one after the other, on one thread. In
// each round all have their turn.
func compareMethods(steps []methodStep, s settings, stderr io.Writer) (*methodCosts, error) {
	defer tensor.SetThreads(tensor.Threads())
	tensor.SetThreads(1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	costs := make([]methodCost, len(steps))
	times, ratios := make([][]float64, len(steps)), make([][]float64, len(steps))
	for round := range s.rounds {
		fmt.Fprintf(stderr, "methods, round %d of %d\n", round+1, s.rounds)
		for i, step := range steps {
			var ms, pixels [2]float64
			for side, method := range []string{step.method, "simclr"} {
				cfg, err := step.config(method)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", step.method, err)
				}
				if ms[side], err = processorMS(cfg, s.repeats); err != nil {
					return nil, fmt.Errorf("%s: %w", step.method, err)
				}
				for _, v := range cfg.Views {
					pixels[side] += float64(v.Count * v.Size * v.Size)
				}
				if side == 0 {
					costs[i] = methodCost{Method: step.method, Encoder: string(cfg.Model.Encoder.Name), Pixels: int(pixels[0])}
				}
			}
			times[i] = append(times[i], ms[0])
			ratios[i] = append(ratios[i], ms[0]/pixels[0]/(ms[1]/pixels[1]))
		}
	}
	for i := range costs {
		costs[i].MS, costs[i].Ratio = bench.Median(times[i]), bench.Median(ratios[i])
		costs[i].Least, costs[i].Most = slices.Min(ratios[i]), slices.Max(ratios[i])
	}
	return &methodCosts{bench.ThisMachine(), steps[0].Width, steps[0].Batch, costs}, nil
}

// processorMS returns the processor time of a step: that of a run of so many, and of what
// comes before the first, by their number.
func processorMS(cfg train.Config, steps int) (float64, error) {
	began := bench.ProcessorTime()
	_, err := train.Bench(context.Background(), cfg, steps)
	const warmup = 2
	return 1000 * (bench.ProcessorTime() - began).Seconds() / float64(warmup+steps), err
}

// write prints a table in Markdown, or JSON.
func (c *methodCosts) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return bench.WriteJSON(w, c)
	}
	m := c.Machine
	fmt.Fprintf(w, "%s, %s, SIMD level %s, load %s at the end; one thread, width %d, batch %d\n\n", m.CPU, m.Go, m.SIMD, m.Load, c.Width, c.Batch)
	fmt.Fprintln(w, "| method | encoder | pixels of an image's views | ms a step | of SimCLR's at equal pixels | least to most |\n| --- | --- | --- | --- | --- | --- |")
	for _, x := range c.Costs {
		if _, err := fmt.Fprintf(w, "| %s | %s | %d | %.0f | %.2f | %.2f to %.2f |\n", x.Method, x.Encoder, x.Pixels, x.MS, x.Ratio, x.Least, x.Most); err != nil {
			return err
		}
	}
	return nil
}
