package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"entrec/simd"
)

// report is all that was measured.
type report struct {
	Machine machine   `json:"machine"`
	Missing []missing `json:"missing"`
	Results []*result `json:"results"`
}

// machine is where it was measured.
type machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Go    string `json:"go"`
	SIMD  string `json:"simd"` // entrec's level
	// Load is the number of runnable processes over the minute before, "" where the
	// system does not tell: above zero, others took part.
	Load string `json:"load"`
}

// missing is a contestant who could not take part.
type missing struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// result is a contestant's in one case.
type result struct {
	Comparison string    `json:"comparison"`
	Case       string    `json:"case"`
	Threads    int       `json:"threads"`
	Contestant string    `json:"contestant"`
	Version    string    `json:"version"`
	Unit       string    `json:"unit"`
	Values     []float64 `json:"values"` // one a turn
	Median     float64   `json:"median"`
	Min        float64   `json:"min"`
	Max        float64   `json:"max"`
	// Ahead is how many times as fast entrec is, by the medians.
	Ahead   float64 `json:"entrec_times_as_fast"`
	PeakRSS int64   `json:"peak_rss_bytes"`

	less bool
}

func newReport() *report {
	m := machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), OS: runtime.GOOS, Go: runtime.Version(), SIMD: simd.Current().String()}
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	return &report{Machine: m, Missing: []missing{}}
}

func (r *report) add(h heat, name, contestant string, a answer) *result {
	x := &result{Comparison: h.Comparison, Case: name, Threads: h.Threads, Contestant: contestant, Version: a.Version, Unit: h.unit, less: h.less}
	r.Results = append(r.Results, x)
	return x
}

// finish sorts the results by case, in the order of their first, and works out what
// follows from the values.
func (r *report) finish() {
	var cases [][]*result
	for _, x := range r.Results {
		x.Median, x.Min, x.Max = median(x.Values), slices.Min(x.Values), slices.Max(x.Values)
		at := slices.IndexFunc(cases, func(c []*result) bool {
			return c[0].Comparison == x.Comparison && c[0].Case == x.Case && c[0].Threads == x.Threads
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
			x.Ahead = c[0].Median / x.Median
			if x.less {
				x.Ahead = x.Median / c[0].Median
			}
			r.Results = append(r.Results, x)
		}
	}
}

// write prints a table, or JSON.
func (r *report) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(w, r)
	}
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, %s, %s, SIMD level %s, load %s at the start\n", m.CPU, m.Cores, m.OS, m.Go, m.SIMD, m.Load)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\ncase\tthreads\tcontestant\tmedian\tmin … max\tunit\tpeak MB\tentrec is … times as fast")
	for _, x := range r.Results {
		name, ahead := x.Case, ""
		if x.Contestant != "entrec" {
			name, ahead = "", fmt.Sprintf("%.2f", x.Ahead)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%.4g\t%.4g … %.4g\t%s\t%d\t%s\n", name, x.Threads, x.Contestant, x.Median, x.Min, x.Max, x.Unit, x.PeakRSS/1e6, ahead)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	versions := map[string]string{}
	for _, x := range r.Results {
		if versions[x.Contestant] == "" {
			versions[x.Contestant] = x.Version
			fmt.Fprintf(w, "%s: %s\n", x.Contestant, x.Version)
		}
	}
	for _, x := range r.Missing {
		fmt.Fprintf(w, "MISSING: %s: %s\n", x.Name, x.Why)
	}
	return nil
}

// writeJSON prints one JSON object.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
