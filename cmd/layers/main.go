// Command layers studies the speed and the memory of entrec's own layers, on one thread.
//
//	go run ./cmd/layers roofline --step w16b256
//	go run ./cmd/layers growth --json > growth.json
//	go run ./cmd/figure growth growth.json --out docs/figures/growth.svg
//	go run ./cmd/layers methods
//
// roofline sets each layer of a training step of SimCLR with a ResNet-18 against what the
// processor could do at best, and predicts the memory of the step. growth fits how costs
// grow with the batch, the width, the number and the dimension of projections. methods sets
// a step of each method beside one of SimCLR. All times but those of the steps of the
// first two are processor times, so that other programs on the machine hardly count.
// Beside other software entrec is measured by cmd/peers.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"entrec/internal/bench"
)

// settings are what the flags say.
type settings struct {
	study   string
	steps   []bench.Step
	repeats int     // steps measured, after two to warm up
	rounds  int     // of growth and methods
	seconds float64 // about how long a measurement takes
	asJSON  bool
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "turn" {
		exit(answer(os.Args[2], os.Stdout))
	}
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2) // parse has said why
	}
	self, err := os.Executable()
	if err == nil {
		err = run(s, process(self), os.Stdout, os.Stderr)
	}
	exit(err)
}

// exit ends the program.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "layers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run makes a study and prints it.
func run(s settings, ask asker, stdout, stderr io.Writer) error {
	if s.study == "growth" {
		g, err := grow(sweeps(s, ask), s.rounds, stderr)
		if err != nil {
			return err
		}
		return g.write(stdout, s.asJSON)
	}
	if s.study == "methods" {
		c, err := compareMethods(methodSteps(s.steps[0]), s, stderr)
		if err != nil {
			return err
		}
		return c.write(stdout, s.asJSON)
	}
	for _, step := range s.steps {
		measure := measureStep[float32]
		if step.Double {
			measure = measureStep[float64]
		}
		r, err := measure(step, s, ask)
		if err != nil {
			return err
		}
		if err := r.write(stdout, s.asJSON); err != nil {
			return err
		}
	}
	return nil
}

const usage = "usage: layers roofline|growth|methods [flags]"

// parse reads the command line. It says what is wrong with it on stderr.
func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	fail := func(err error) (settings, error) {
		fmt.Fprintln(stderr, "layers:", err)
		return s, err
	}
	if len(args) == 0 || !slices.Contains([]string{"roofline", "growth", "methods"}, args[0]) {
		return fail(errors.New(usage))
	}
	s.study = args[0]
	f := flag.NewFlagSet("layers "+s.study, flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&s.repeats, "steps", 5, "training steps to measure, after two to warm up")
	f.BoolVar(&s.asJSON, "json", false, "print one JSON object")
	s.rounds = 1
	list := "w16b256"
	switch s.study {
	case "growth":
		f.IntVar(&s.rounds, "rounds", 3, "rounds, of which the least cost counts")
	case "methods":
		f.IntVar(&s.rounds, "rounds", 5, "rounds, of which the median counts")
		list = "w8b64"
	default:
		f.StringVar(&list, "step", list, "training steps: width and batch, f64 behind for double precision")
	}
	if s.study != "methods" {
		f.Float64Var(&s.seconds, "seconds", 0.5, "how long a measurement takes, about")
	}
	if err := f.Parse(args[1:]); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return fail(fmt.Errorf("unexpected %q; %s", f.Arg(0), usage))
	}
	if s.rounds < 1 || s.repeats < 1 || !(s.seconds >= 0) {
		return fail(fmt.Errorf("--rounds %d and --steps %d must be at least 1, --seconds %v not negative", s.rounds, s.repeats, s.seconds))
	}
	var err error
	if s.steps, err = bench.ParseSteps(list); err != nil {
		return fail(fmt.Errorf("--step: %w", err))
	}
	return s, nil
}
