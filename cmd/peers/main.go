// Command peers measures entrec beside what else there is for the same work:
// PyTorch (both memory layouts) in training steps and objectives, OpenBLAS, vek
// and gonum in matrix products, torchvision in views.
//
//	go run ./cmd/peers
//	go run ./cmd/peers --only gemm --threads 1 --json
//	GODEBUG=cpu.avx512f=off go run ./cmd/peers --only step
//	go run ./cmd/peers --only layers --step w16b256
//	go run ./cmd/peers --only growth --figure docs/figures/growth.svg
//
// Contestants take turns, A-B-A-B, each turn in a process of its own, so that a
// change of the machine's mood meets all of them, and memory is each one's own.
// Figures are medians over the turns, with the least and the largest; with one thread,
// all but steps are in processor time, so that others' work on the machine hardly counts.
// With GODEBUG=cpu.avx512f=off the rivals are kept to AVX2, too. Before it is
// timed, a product or an objective must agree with entrec's. Where a peer is
// missing, that is said loudly and the rest goes on; the exit code is 0. PyTorch,
// torchvision and numpy are looked for with ENTREC_PYTHON, /usr/bin/python3 and
// python3; ENTREC_OPENBLAS names a libopenblas to prefer.
//
// Two studies are of entrec alone, on one thread and, but for steps, in processor
// time: layers sets each layer of a training step of SimCLR with a ResNet-18 against the
// roof of the processor, and predicts the step's memory; growth fits how costs grow with
// batch, width, number and dimension of the projections.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// settings are what the flags say.
type settings struct {
	only    []string
	rounds  int
	seconds float64
	steps   int
	threads int
	step    []item
	figure  string
	asJSON  bool
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "turn" {
		if err := answerTurn(os.Args[2], os.Args[3], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case err == flag.ErrHelp:
		return
	case err != nil:
		os.Exit(2) // flag has said why
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	err = run(s, self)
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// run competes, or makes a study.
func run(s settings, self string) error {
	switch s.only[0] {
	case "layers":
		for _, c := range s.step {
			measure := measureStep[float32]
			if c.Type == "f64" {
				measure = measureStep[float64]
			}
			r, err := measure(c, s, findContestants(self)["entrec"].take)
			if err != nil {
				return err
			}
			if err := r.write(os.Stdout, s.asJSON); err != nil {
				return err
			}
		}
		return nil
	case "growth":
		g, err := grow(sweeps(s, findContestants(self)["entrec"].take), s.rounds, os.Stderr)
		if err != nil {
			return err
		}
		if s.figure != "" {
			if err := g.draw(s.figure); err != nil {
				return err
			}
		}
		return g.write(os.Stdout, s.asJSON)
	}
	report, err := compete(s, findContestants(self), os.Stderr)
	if err != nil {
		return err
	}
	return report.write(os.Stdout, s.asJSON)
}

// answerTurn takes a turn and writes the answer.
func answerTurn(name, question string, w io.Writer) error {
	var t task
	if err := json.Unmarshal([]byte(question), &t); err != nil {
		return fmt.Errorf("turn of %s: %w", name, err)
	}
	a, err := turn(name, t)
	if err != nil {
		return fmt.Errorf("turn of %s: %w", name, err)
	}
	return json.NewEncoder(w).Encode(a)
}

// Comparisons have rivals; a study is of entrec alone, on one thread, and is asked
// for alone.
var (
	comparisonNames = []string{"step", "gemm", "objectives", "views"}
	studyNames      = []string{"layers", "growth"}
)

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var only, step string
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&only, "only", strings.Join(comparisonNames, ","), "which comparisons")
	f.IntVar(&s.rounds, "rounds", 3, "turns of each contestant")
	f.Float64Var(&s.seconds, "seconds", 0.5, "how long each case of a turn takes, about")
	f.IntVar(&s.steps, "steps", 5, "training steps of a turn, after two to warm up")
	f.IntVar(&s.threads, "threads", runtime.NumCPU(), "threads; products and the first of the training steps are measured with one, too")
	f.StringVar(&step, "step", "w16b256,w16b32,w32b256,w64b64,w16b128f64", "training steps to compare: width and batch, f64 behind for double precision")
	f.StringVar(&s.figure, "figure", "", "where growth is drawn, as SVG")
	f.BoolVar(&s.asJSON, "json", false, "print one JSON object")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	fail := func(format string, args ...any) (settings, error) {
		err := fmt.Errorf(format, args...)
		fmt.Fprintln(stderr, "peers:", err)
		return s, err
	}
	s.only = strings.Split(only, ",")
	for _, name := range s.only {
		if slices.Contains(studyNames, name) {
			if len(s.only) > 1 {
				return fail("--only %q: %s stands alone", only, name)
			}
			continue
		}
		if !slices.Contains(comparisonNames, name) {
			return fail("--only %q: there are %s", name, strings.Join(append(comparisonNames, studyNames...), ", "))
		}
	}
	if s.rounds < 1 || s.steps < 1 || s.threads < 1 || !(s.seconds >= 0) {
		return fail("--rounds %d, --steps %d and --threads %d must be at least 1, --seconds %v not negative", s.rounds, s.steps, s.threads, s.seconds)
	}
	for _, name := range strings.Split(step, ",") {
		m := regexp.MustCompile(`^w([1-9]\d{0,3})b([1-9]\d{0,5})(f64)?$`).FindStringSubmatch(name)
		if m == nil {
			return fail("--step %q is not of the form w16b256 or w16b256f64", name)
		}
		c := item{Name: fmt.Sprintf("simclr resnet18 w%s b%s %s", m[1], m[2], "f32"), Type: "f32"}
		if m[3] != "" {
			c.Type, c.Name = "f64", strings.Replace(c.Name, "f32", "f64", 1)
		}
		c.Width, _ = strconv.Atoi(m[1]) // digits
		c.Batch, _ = strconv.Atoi(m[2])
		s.step = append(s.step, c)
	}
	if f.NArg() > 0 {
		return fail("unexpected %q", f.Arg(0))
	}
	return s, nil
}
