// Command peers measures this project beside PyTorch, torchvision, OpenBLAS, vek
// and gonum, in turn and in one run, since machines are shared and their speed
// drifts:
//
//	go run ./cmd/peers
//	go run ./cmd/peers --only step,gemm --rounds 5 --json peers.json
//
// Each row is a piece of work; the ratio is ours over theirs, the median of the
// rounds' ratios, above 1 where this project is faster. A rival that is missing is
// named, and its rows are left out. The rivals in Python need Debian's
// python3-torch, python3-torchvision, python3-numpy and libopenblas0-pthread.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"entrec/simd"
	"entrec/tensor"
)

// row is a piece of work, measured in pairs. Speeds are in Unit; higher is better.
type row struct {
	Work, Peer, Unit string
	Ours, Theirs     []float64 // a round each
	Ratio            float64   // median of the pairs'
	Low, High        float64   // the least and the largest of the pairs'
	OursRSS          int64     `json:",omitempty"` // peak bytes, where measured
	TheirsRSS        int64     `json:",omitempty"`
}

// report is what --json writes.
type report struct {
	CPUs     int
	Arch     string
	SIMD     string
	Go       string
	Versions map[string]any
	Missing  []string
	Rows     []row
}

// comparison is what --only chooses.
type comparison struct {
	name string
	run  func(b *bench)
}

var comparisons = []comparison{{"gemm", gemms}, {"step", steps}, {"objectives", objectives}, {"views", viewsPerSecond}}

// bench gathers the rows.
type bench struct {
	report
	rounds, threads, steps int
}

// pair measures ours and theirs in turn, and adds a row with the speeds they
// return, or says what is missing.
func (b *bench) pair(work, peer, unit string, ours, theirs func() (float64, error)) *row {
	fmt.Fprintf(os.Stderr, "%s against %s\n", work, peer)
	r := row{Work: work, Peer: peer, Unit: unit}
	var ratios []float64
	for range b.rounds {
		x, err := ours()
		if err == nil {
			r.Ours = append(r.Ours, x)
			x, err = theirs()
		}
		if err != nil {
			b.Missing = append(b.Missing, fmt.Sprintf("%s: %s: %v", work, peer, err))
			return &row{}
		}
		r.Theirs = append(r.Theirs, x)
		ratios = append(ratios, r.Ours[len(r.Ours)-1]/x)
	}
	r.Ratio, r.Low, r.High = median(ratios), slices.Min(ratios), slices.Max(ratios)
	b.Rows = append(b.Rows, r)
	return &b.Rows[len(b.Rows)-1]
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func main() {
	if len(os.Args) == 2 && strings.HasPrefix(os.Args[1], stepPrefix) {
		stepChild(os.Args[1])
		return
	}
	only := flag.String("only", "", "comparisons, of gemm, step, objectives and views, with commas between (default all)")
	rounds := flag.Int("rounds", 3, "how many times each pair is measured")
	threads := flag.Int("threads", 2, "threads of steps and objectives")
	steps := flag.Int("steps", 6, "training steps a measurement")
	out := flag.String("json", "", "also write the results to this file")
	flag.Parse()
	if *rounds < 1 || *threads < 1 || *steps < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "peers: --rounds, --threads and --steps must be at least 1, and nothing follows the flags")
		os.Exit(2)
	}
	b := &bench{rounds: *rounds, threads: *threads, steps: *steps, report: report{
		CPUs: runtime.NumCPU(), Arch: runtime.GOARCH, SIMD: simd.Current().String(), Go: runtime.Version()}}
	tensor.SetThreads(*threads)
	if err := once(map[string]any{"do": "versions"}, &b.Versions); err != nil {
		b.Missing = append(b.Missing, fmt.Sprintf("Python: %v", err))
	}
	wanted := strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	for _, w := range wanted {
		if !slices.ContainsFunc(comparisons, func(c comparison) bool { return c.name == w }) {
			fmt.Fprintf(os.Stderr, "peers: --only %s: there are gemm, step, objectives, views\n", w)
			os.Exit(2)
		}
	}
	for _, c := range comparisons {
		if len(wanted) == 0 || slices.Contains(wanted, c.name) {
			c.run(b)
		}
	}
	b.print()
	if *out != "" {
		text, err := json.MarshalIndent(b.report, "", "  ")
		if err == nil {
			err = os.WriteFile(*out, append(text, '\n'), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
	}
}

func (b *bench) print() {
	fmt.Printf("%d processors, %s, SIMD level %s, %s, %v\n\n", b.CPUs, b.Arch, b.SIMD, b.Go, b.Versions)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WORK\tPEER\tOURS\tTHEIRS\tUNIT\tRATIO\tSPREAD\tPEAK MB")
	for _, r := range b.Rows {
		memory := ""
		if r.OursRSS > 0 {
			memory = fmt.Sprintf("%d against %d", r.OursRSS/1e6, r.TheirsRSS/1e6)
		}
		fmt.Fprintf(w, "%s\t%s\t%.4g\t%.4g\t%s\t%.2f\t%.2f–%.2f\t%s\n", r.Work, r.Peer, median(r.Ours), median(r.Theirs), r.Unit, r.Ratio, r.Low, r.High, memory)
	}
	w.Flush()
	for _, m := range b.Missing {
		fmt.Println("\nNOT MEASURED:", m)
	}
}
