// Command peers measures entrec beside other software for the same work: PyTorch (in both
// memory layouts) in training steps and objectives, OpenBLAS, vek and gonum in matrix
// products, torchvision in views, ONNX Runtime in images turned into features.
//
//	go run ./cmd/peers
//	go run ./cmd/peers --only gemm --threads 1 --json
//	GODEBUG=cpu.avx512f=off go run ./cmd/peers --only step
//
// Programs take turns, A-B-A-B, each turn in a process of its own. So a change of the
// machine's speed meets all of them, and each has memory of its own. Figures are medians
// over the turns, with the least and the largest. With one thread, all but steps are in
// processor time, so that other work on the machine hardly counts. Before it is timed, a
// product or an objective must agree with entrec's. Where a peer is missing, the report
// says so and the rest goes on; the exit code is 0. PyTorch, torchvision and numpy are
// looked for with ENTREC_PYTHON, /usr/bin/python3 and python3; ENTREC_OPENBLAS names a
// libopenblas to prefer. ONNX Runtime is npm's onnxruntime-node, where the tests have it.
//
// OpenBLAS chooses its kernels by a list of processors. On one that it does not know it
// takes those for SSE3, many times slower than the best. So before the first turn, each
// peer that multiplies with OpenBLAS is asked for its core type. Where the processor can do
// more, the best type that fits is forced by OPENBLAS_CORETYPE, unless the user has set it.
// With GODEBUG=cpu.avx512f=off the peers are kept to AVX2, too. The report shows what
// OpenBLAS had chosen and what it ran, and says so in each row where that is not what the
// processor has.
//
// entrec's own layers are studied by cmd/layers.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"entrec/internal/bench"
)

// settings are what the flags say.
type settings struct {
	only    []string
	rounds  int
	seconds float64
	steps   int
	threads int
	step    []bench.Step
	asJSON  bool
	scratch string // a folder for what programs tell each other in files
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "turn" {
		exit(answerTurn(os.Args[2], os.Args[3], os.Stdout))
	}
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2) // parse has said why
	}
	exit(run(s))
}

// exit ends the program.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run makes the benchmarks and prints the report.
func run(s settings) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if s.scratch, err = os.MkdirTemp("", "entrec-peers-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.scratch)
	r, err := measure(s, findPrograms(self), thisProcessor(), os.Stderr)
	if err != nil {
		return err
	}
	return r.write(os.Stdout, s.asJSON)
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

var benchmarkNames = []string{"step", "gemm", "objectives", "views", "embed"}

// parse reads the command line. It says what is wrong with it on stderr.
func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var only, step string
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&only, "only", strings.Join(benchmarkNames, ","), "which benchmarks")
	f.IntVar(&s.rounds, "rounds", 3, "turns of each program")
	f.Float64Var(&s.seconds, "seconds", 0.5, "how long each case of a turn takes, about")
	f.IntVar(&s.steps, "steps", 5, "training steps of a turn, after two to warm up")
	f.IntVar(&s.threads, "threads", runtime.NumCPU(), "threads; products and the first of the training steps are measured with one, too")
	f.StringVar(&step, "step", "w16b256,w16b32,w32b256,w64b64,w16b128f64", "training steps: width and batch, f64 behind for double precision")
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
		if !slices.Contains(benchmarkNames, name) {
			return fail("--only %q: there are %s", name, strings.Join(benchmarkNames, ", "))
		}
	}
	if s.rounds < 1 || s.steps < 1 || s.threads < 1 || !(s.seconds >= 0) {
		return fail("--rounds %d, --steps %d and --threads %d must be at least 1, --seconds %v not negative", s.rounds, s.steps, s.threads, s.seconds)
	}
	var err error
	if s.step, err = bench.ParseSteps(step); err != nil {
		return fail("--step: %w", err)
	}
	if f.NArg() > 0 {
		return fail("unexpected %q", f.Arg(0))
	}
	return s, nil
}
