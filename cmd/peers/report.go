package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"entrec/internal/bench"
)

// report is all that was measured.
type report struct {
	Machine bench.Machine     `json:"machine"`
	Kernels string            `json:"kernels"` // the best that the processor can run, of those that OpenBLAS has
	Cores   map[string]choice `json:"openblas_cores"`
	Missing []missing         `json:"missing"`
	Results []*result         `json:"results"`

	have features
}

// missing is a peer that could not take part.
type missing struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// result is a program's in one case.
type result struct {
	Benchmark string    `json:"benchmark"`
	Case      string    `json:"case"`
	Threads   int       `json:"threads"`
	Program   string    `json:"program"`
	Version   string    `json:"version"`
	Unit      string    `json:"unit"`
	Values    []float64 `json:"values"` // one a turn
	Median    float64   `json:"median"`
	Min       float64   `json:"min"`
	Max       float64   `json:"max"`
	// TimesAsFast is how many times as fast entrec is, by the medians.
	TimesAsFast float64 `json:"entrec_times_as_fast"`
	PeakRSS     int64   `json:"peak_rss_bytes"`
	Core        string  `json:"openblas_core,omitempty"` // that OpenBLAS reported in the turn
	Unfair      string  `json:"unfair,omitempty"`        // why the ratio is none of like with like

	less bool
}

func newReport(have features) *report {
	return &report{Machine: bench.ThisMachine(), Kernels: have.kernels().String(), Cores: map[string]choice{}, Missing: []missing{}, have: have}
}

func (r *report) add(b benchmark, name, program string, a answer) *result {
	x := &result{Benchmark: b.Benchmark, Case: name, Threads: b.Threads, Program: program, Version: a.Version, Unit: b.unit,
		Core: a.Core, Unfair: unfair(r.have, a.Core), less: b.less}
	r.Results = append(r.Results, x)
	return x
}

// finish sorts the results by case, in the order of their first, and works out what
// follows from the values.
func (r *report) finish() {
	var cases [][]*result
	for _, x := range r.Results {
		x.Median, x.Min, x.Max = bench.Median(x.Values), slices.Min(x.Values), slices.Max(x.Values)
		at := slices.IndexFunc(cases, func(c []*result) bool {
			return c[0].Benchmark == x.Benchmark && c[0].Case == x.Case && c[0].Threads == x.Threads
		})
		if at < 0 {
			at = len(cases)
			cases = append(cases, nil)
		}
		cases[at] = append(cases[at], x)
	}
	r.Results = r.Results[:0]
	for _, c := range cases {
		for _, x := range c { // the first is entrec
			x.TimesAsFast = c[0].Median / x.Median
			if x.less {
				x.TimesAsFast = x.Median / c[0].Median
			}
			r.Results = append(r.Results, x)
		}
	}
}

// write prints a table, or JSON.
func (r *report) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return bench.WriteJSON(w, r)
	}
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, %s, %s, SIMD level %s, load %s at the start\n", m.CPU, m.Cores, m.OS, m.Go, m.SIMD, m.Load)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\ncase\tthreads\tprogram\tmedian\tmin … max\tunit\tpeak MB\tOpenBLAS core\tentrec is … times as fast")
	for _, x := range r.Results {
		name, ratio := x.Case, ""
		if x.Program != "entrec" {
			name, ratio = "", fmt.Sprintf("%.2f", x.TimesAsFast)
		}
		if x.Unfair != "" {
			ratio += " " + x.Unfair
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%.4g\t%.4g … %.4g\t%s\t%d\t%s\t%s\n", name, x.Threads, x.Program, x.Median, x.Min, x.Max, x.Unit, x.PeakRSS/1e6, x.Core, ratio)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nkernels that fit the processor, and GODEBUG: %s\n", r.Kernels)
	versions := map[string]bool{}
	for _, x := range r.Results {
		if versions[x.Program] {
			continue
		}
		versions[x.Program] = true
		fmt.Fprintf(w, "%s: %s\n", x.Program, x.Version)
		if c := r.Cores[x.Program].String(); c != "" {
			fmt.Fprintf(w, "%s: OpenBLAS's core type: %s\n", x.Program, c)
		}
	}
	for _, x := range r.Missing {
		if _, err := fmt.Fprintf(w, "MISSING: %s: %s\n", x.Name, x.Why); err != nil {
			return err
		}
	}
	return nil
}
