package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"

	"entrec/simd"
)

//go:embed peers.py
var peersPy string

// contestant is somebody who takes turns.
type contestant struct {
	name    string
	command []string // to which the task is appended; nil where it is missing
	missing string   // why
}

// findContestants returns all contestants by name; self is this program.
func findContestants(self string) map[string]contestant {
	all := map[string]contestant{}
	for _, name := range []string{"entrec", "vek", "gonum"} {
		all[name] = contestant{name: name, command: []string{self, "turn", name}}
	}
	for name, modules := range map[string][]string{
		"torch-nchw": {"torch"}, "torch-nhwc": {"torch"}, "torch": {"torch"}, "openblas": {"numpy"}, "torchvision": {"torchvision", "numpy", "PIL"},
	} {
		c := contestant{name: name, missing: fmt.Sprintf("no Python that imports %s", strings.Join(modules, " and "))}
		for _, python := range []string{os.Getenv("ENTREC_PYTHON"), "/usr/bin/python3", "python3"} {
			if python != "" && exec.Command(python, "-c", "import "+strings.Join(modules, ",")).Run() == nil {
				c.command, c.missing = []string{python, "-c", peersPy, name}, ""
				break
			}
		}
		all[name] = c
	}
	return all
}

// take takes one turn.
func (c contestant) take(t task) (answer, error) {
	question, err := json.Marshal(t)
	if err != nil {
		return answer{}, err
	}
	cmd := exec.Command(c.command[0], append(slices.Clone(c.command[1:]), string(question))...)
	// OpenBLAS finds out for itself what the processor is; where entrec is kept to AVX2,
	// everybody is.
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENBLAS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	if simd.Current() == simd.AVX2 {
		cmd.Env = append(cmd.Env, "OPENBLAS_CORETYPE=Haswell", "ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA=AVX2", "MKL_ENABLE_INSTRUCTIONS=AVX2")
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var a answer
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return a, fmt.Errorf("%s: %w: %s", c.name, err, lines[len(lines)-1])
	}
	if err := json.Unmarshal(stdout.Bytes(), &a); err != nil {
		return a, fmt.Errorf("%s: %w", c.name, err)
	}
	return a, nil
}

// heat is contestants at the same task.
type heat struct {
	task
	unit   string
	rivals []string // of entrec
	less   bool     // less is better
}

// heats returns what the settings ask for.
func heats(s settings) []heat {
	base := task{Seconds: s.seconds, Steps: s.steps, Threads: s.threads}
	one := base
	one.Threads = 1
	var all []heat
	add := func(h heat, comparison string, cases ...item) {
		h.Comparison, h.Cases = comparison, cases
		all = append(all, h)
	}
	for _, name := range s.only {
		switch name {
		case "step":
			for i, c := range s.step {
				h := heat{task: base, unit: "images/s", rivals: []string{"torch-nchw", "torch-nhwc"}}
				add(h, name, c)
				if h.task = one; i == 0 && s.threads > 1 {
					add(h, name, c)
				}
			}
		case "gemm":
			add(heat{task: one, unit: "GFLOP/s", rivals: []string{"openblas"}}, name, products("f32", "f64")...)
			if s.threads > 1 {
				add(heat{task: base, unit: "GFLOP/s", rivals: []string{"openblas"}}, name, products("f32", "f64")...)
			}
			inGo := products("f32")[0]
			inGo.Name += " in Go"
			add(heat{task: base, unit: "GFLOP/s", rivals: []string{"vek", "gonum"}}, name, inGo)
		case "objectives":
			var cases []item
			for _, k := range []int{1024, 4096} {
				cases = append(cases, item{Name: fmt.Sprintf("NT-Xent k=%d d=128", k), Loss: "ntxent", K: k, D: 128},
					item{Name: fmt.Sprintf("ER k=%d d=128", k), Loss: "er", K: k, D: 128})
			}
			add(heat{task: base, unit: "ms", rivals: []string{"torch"}, less: true}, name, cases...)
		case "views":
			add(heat{task: one, unit: "views/s", rivals: []string{"torchvision"}}, name, item{Name: "simclr 3×32×32"})
		}
	}
	return all
}

// products are squares, and the shapes of a ResNet-18's convolutions.
func products(types ...string) []item {
	var all []item
	for _, t := range types {
		for _, s := range [][3]int{{512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
			{65536, 16, 144}, {16384, 32, 288}, {4096, 64, 576}, {1024, 128, 1152}} {
			all = append(all, item{Name: fmt.Sprintf("%s %d×%d×%d", t, s[0], s[1], s[2]), Type: t, M: s[0], N: s[1], K: s[2]})
		}
	}
	return all
}

// agreement is how far apart, relatively, contestants' checks may be: products of
// whole numbers are exact; losses are float32 sums of some thousand terms.
const agreement = 1e-5

// compete runs the heats. Who is missing or fails is left out, which the report
// says and stderr shouts.
func compete(s settings, all map[string]contestant, stderr io.Writer) (*report, error) {
	r := newReport()
	out := map[string]bool{}
	drop := func(name, why string) {
		if !out[name] {
			fmt.Fprintf(stderr, "\n*** MISSING: %s: %s ***\n\n", name, why)
			r.Missing = append(r.Missing, missing{name, why})
		}
		out[name] = true
	}
	for _, h := range heats(s) {
		results := map[string]*result{}
		for round := range s.rounds {
			var ours answer
			for _, name := range append([]string{"entrec"}, h.rivals...) {
				c := all[name]
				if c.missing != "" {
					drop(name, c.missing)
				}
				if out[name] {
					continue
				}
				fmt.Fprintf(stderr, "%s, %d threads, round %d of %d: %s\n", h.Comparison, h.Threads, round+1, s.rounds, name)
				a, err := c.take(h.task)
				switch {
				case err != nil && name == "entrec":
					return nil, err
				case err != nil:
					drop(name, err.Error())
					continue
				case name == "entrec":
					ours = a
				}
				for _, i := range h.Cases {
					if x, y := a.Checks[i.Name], ours.Checks[i.Name]; !(math.Abs(x-y) <= agreement*math.Abs(y)) {
						return nil, fmt.Errorf("%s and entrec disagree on %s: %v and %v", name, i.Name, x, y)
					}
					key := i.Name + name
					if results[key] == nil {
						results[key] = r.add(h, i.Name, name, a)
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
