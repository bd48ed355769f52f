package foreign

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Node runs a JavaScript program in Node.js that may require the given packages of npm, as
// internal/foreign/testdata/package.json has them. It finds in as the variable x (from JSON)
// and returns its result, which is stored in out (through JSON); it may await. The test is
// skipped, saying so, where there is no node, or a package is not installed.
func Node(t testing.TB, packages []string, program string, in, out any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: no node (Debian: nodejs npm)")
	}
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "testdata")
	for _, p := range packages {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", p)); err != nil {
			t.Skipf("SKIPPED: no %s (npm ci --ignore-scripts --prefix internal/foreign/testdata)", p)
		}
	}
	question, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", `const x = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {`+program+`
})().then(y => process.stdout.write(JSON.stringify(y)), e => { console.error(e); process.exit(1) })`)
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(question)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", node, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		t.Fatal(err)
	}
}
