// Package foreign asks implementations outside this project, in Python and JavaScript, for
// tests.
package foreign

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// Python returns an interpreter that can import the given modules. The test is
// skipped, saying so, where there is none. ENTREC_PYTHON names another interpreter
// to try first; Debian's /usr/bin/python3 and python3 are tried after it. Modules
// are looked for, not imported: importing torch takes seconds.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	program := "import importlib.util, sys\n"
	for _, m := range modules {
		program += "importlib.util.find_spec('" + m + "') or sys.exit(1)\n"
	}
	known.Lock()
	defer known.Unlock()
	found, tried := known.interpreter[program]
	if !tried {
		for _, p := range []string{os.Getenv("ENTREC_PYTHON"), "/usr/bin/python3", "python3"} {
			if p != "" && exec.Command(p, "-c", program).Run() == nil {
				found = p
				break
			}
		}
		known.interpreter[program] = found
	}
	if found == "" {
		t.Skipf("SKIPPED: no Python that imports %v (Debian: python3-torch python3-torchvision python3-mpmath python3-numpy)", modules)
	}
	return found
}

var known = struct {
	sync.Mutex
	interpreter map[string]string
}{interpreter: map[string]string{}}

// Run runs a Python program that imports the given modules. It finds in as the
// variable x (from JSON) and leaves its result in the variable y, which is stored
// in out (through JSON). The test is skipped where Python lacks a module.
func Run(t testing.TB, modules []string, program string, in, out any) {
	t.Helper()
	python := Python(t, modules...)
	question, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", "import json, sys\nx = json.load(sys.stdin)\n"+program+"\njson.dump(y, sys.stdout)")
	cmd.Stdin = bytes.NewReader(question)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", python, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		t.Fatal(err)
	}
}
