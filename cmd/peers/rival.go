package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

//go:embed peer.py
var peerProgram string

// rival is a Python process that answers questions, one JSON object a line; see
// peer.py.
type rival struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
}

// startRival starts Python. ENTREC_PYTHON names another interpreter than Debian's.
func startRival() (*rival, error) {
	python := os.Getenv("ENTREC_PYTHON")
	if python == "" {
		python = "/usr/bin/python3"
	}
	cmd := exec.Command(python, "-c", peerProgram)
	cmd.Stderr = os.Stderr
	for _, v := range os.Environ() {
		// OpenBLAS is to choose its kernels by the processor.
		if !strings.HasPrefix(v, "OPENBLAS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &rival{cmd, in, bufio.NewReader(out)}, cmd.Start()
}

// ask sends a question and reads the answer into one. The error of a rival that
// lacks something says what.
func (r *rival) ask(question map[string]any, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if _, err := r.in.Write(append(text, '\n')); err != nil {
		return err
	}
	line, err := r.lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the Python process ended: %w", err)
	}
	var missing struct{ Missing string }
	if err := json.Unmarshal(line, &missing); err == nil && missing.Missing != "" {
		return fmt.Errorf("MISSING: %s", missing.Missing)
	}
	return json.Unmarshal(line, answer)
}

func (r *rival) close() {
	r.in.Close()
	_ = r.cmd.Wait()
}

// once asks a rival of its own, so that peak memory is that of one question.
func once(question map[string]any, answer any) error {
	r, err := startRival()
	if err != nil {
		return err
	}
	defer r.close()
	return r.ask(question, answer)
}
