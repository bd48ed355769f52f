package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

//go:embed peers.py
var peersPy string

//go:embed peers.js
var peersJS string

// program is what takes turns: entrec or a peer.
type program struct {
	name    string
	command []string // to which the task is appended; nil where it is missing
	missing string   // why
	env     []string // beside this program's own
}

// findPrograms returns entrec and its peers by name; self is this program.
func findPrograms(self string) map[string]program {
	all := map[string]program{}
	for _, name := range []string{"entrec", "vek", "gonum"} {
		all[name] = program{name: name, command: []string{self, "turn", name}}
	}
	for name, modules := range map[string][]string{
		"torch-nchw": {"torch"}, "torch-nhwc": {"torch"}, "torch": {"torch"}, "openblas": {"numpy"}, "torchvision": {"torchvision", "numpy", "PIL"},
	} {
		p := program{name: name, missing: fmt.Sprintf("no Python that imports %s", strings.Join(modules, " and "))}
		for _, python := range []string{os.Getenv("ENTREC_PYTHON"), "/usr/bin/python3", "python3"} {
			if python != "" && exec.Command(python, "-c", "import "+strings.Join(modules, ",")).Run() == nil {
				p.command, p.missing = []string{python, "-c", peersPy, name}, ""
				break
			}
		}
		all[name] = p
	}
	all["onnxruntime"] = findOnnxruntime()
	return all
}

// findOnnxruntime returns ONNX Runtime in Node.js, from where the tests have it.
func findOnnxruntime() program {
	p := program{name: "onnxruntime"}
	_, here, _, _ := runtime.Caller(0)
	modules := filepath.Join(filepath.Dir(here), "..", "..", "internal", "foreign", "testdata", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "onnxruntime-node")); err != nil {
		p.missing = "no onnxruntime-node (npm ci --ignore-scripts --prefix internal/foreign/testdata)"
		return p
	}
	node, err := exec.LookPath("node")
	if err != nil {
		p.missing = "no node (Debian: nodejs)"
		return p
	}
	p.command, p.env = []string{node, "-e", peersJS, p.name}, []string{"NODE_PATH=" + modules}
	return p
}

// take takes one turn.
func (p program) take(t task) (answer, error) {
	question, err := json.Marshal(t)
	if err != nil {
		return answer{}, err
	}
	cmd := exec.Command(p.command[0], append(slices.Clone(p.command[1:]), string(question))...)
	// The threads of OpenBLAS, and its kernels, are as this program says.
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENBLAS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, p.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var a answer
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return a, fmt.Errorf("%s: %w: %s", p.name, err, lines[len(lines)-1])
	}
	if err := json.Unmarshal(stdout.Bytes(), &a); err != nil {
		return a, fmt.Errorf("%s: %w", p.name, err)
	}
	return a, nil
}

// settle chooses the kernels of the OpenBLAS that the program multiplies with, and keeps
// all its libraries to AVX2 where entrec is.
func (p *program) settle(have features, asked string) (choice, error) {
	kept := p.env
	if have.kernels() == avx2 {
		kept = append(kept, "ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA=AVX2", "MKL_ENABLE_INSTRUCTIONS=AVX2")
	}
	c, err := choose(have, asked, func(core string) (string, error) {
		if p.env = slices.Clone(kept); core != "" {
			p.env = append(p.env, "OPENBLAS_CORETYPE="+core)
		}
		a, err := p.take(task{Benchmark: "core", Threads: 1})
		return a.Core, err
	})
	if p.env = kept; c.Asked != "" || c.Forced != "" {
		p.env = append(p.env, "OPENBLAS_CORETYPE="+c.Asked+c.Forced)
	}
	return c, err
}
