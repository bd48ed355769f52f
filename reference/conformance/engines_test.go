//go:build engines

package conformance

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/reference/suite"
)

var update = flag.Bool("update", false, "write the reports of engines in reference/backends")

// TestEngines holds the engines in reference/backends to what their reports say: each case that is
// expected to fail fails, and no other does.
//
//	npm ci --ignore-scripts --prefix reference/backends
//	go test -tags engines -run TestEngines ./reference/conformance [-update]
func TestEngines(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	s, err := suite.Open()
	require.NoError(t, err)
	for _, engine := range []struct {
		name, command string // as in the root of the repository
		start         func(t *testing.T) []string
	}{
		{"gomlx", "reference/backends/gomlx/gomlx", func(t *testing.T) []string { return built(t, root) }},
		{"numpy", "python3 reference/backends/numpy/backend.py --dtype float32", func(t *testing.T) []string { return []string{foreign.Python(t, "numpy")} }},
		{"onnxruntime", "node reference/backends/onnxruntime/backend.js", func(t *testing.T) []string { return node(t, root, "onnxruntime-node") }},
		{"tfjs", "node reference/backends/tfjs/backend.js", func(t *testing.T) []string { return node(t, root, "@tensorflow/tfjs") }},
		{"torch", "python3 reference/backends/torch/backend.py --dtype float32", func(t *testing.T) []string { return []string{foreign.Python(t, "torch", "torchvision", "numpy")} }},
	} {
		t.Run(engine.name, func(t *testing.T) {
			dir := filepath.Join(root, "reference", "backends", engine.name)
			args := engine.start(t)
			for _, word := range strings.Fields(engine.command)[1:] {
				args = append(args, strings.ReplaceAll(word, "reference/backends/"+engine.name, dir))
			}
			var expected []check.Expectation
			if content, err := os.ReadFile(filepath.Join(dir, "xfail.txt")); err == nil {
				expected, err = check.ParseExpectations("xfail.txt", string(content))
				require.NoError(t, err)
			}
			r, err := check.Run(t.Context(), s, check.Command{Args: args, Folder: true, Timeout: 5 * time.Minute},
				check.Options{Profile: golden.F32, Expect: expected, LooksLike: suite.LooksLike})
			require.NoError(t, err)
			r.Backend = engine.command
			var table, text bytes.Buffer
			require.NoError(t, r.WriteTable(&table))
			require.NoError(t, r.Err(), "%s", &table)
			require.Empty(t, r.Unexpected)
			for _, e := range expected {
				require.True(t, slices.ContainsFunc(r.Results, func(res report.Result) bool { return check.Fits(e.Case, res.Case) && res.Excused == e.Reason }), "%s: nothing fails", e.Case)
			}
			require.NoError(t, r.WriteMarkdown(&text))
			path := filepath.Join(dir, "report.md")
			if *update {
				require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))
			}
			committed, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, steady(string(committed)), steady(text.String()))
		})
	}
}

// steady returns what a report says on every processor and of every version of an interpreter:
// operations with their counts and verdicts, and which cases fail for which reason.
func steady(text string) (lines []string) {
	row := regexp.MustCompile(`^(\| [^|]* \| [^|]* \| [^|]* \| [^|]* \|) [^|]* (\| [^|]* \|) .* \|$`)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := row.FindStringSubmatch(line); m != nil {
			lines = append(lines, m[1]+m[2])
		} else if failure, _, ok := strings.Cut(line, "): "); ok && strings.HasPrefix(line, "- ") {
			lines = append(lines, failure)
		}
	}
	return lines
}

// built builds the engine in Go, which is a module of its own.
func built(t *testing.T, root string) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "gomlx")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join(root, "reference", "backends", "gomlx")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return []string{program}
}

// node returns the interpreter of JavaScript, where a package is installed for the backends.
func node(t *testing.T, root, module string) []string {
	t.Helper()
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: no node (Debian: nodejs npm)")
	}
	if _, err := os.Stat(filepath.Join(root, "reference", "backends", "node_modules", module)); err != nil {
		t.Skip(fmt.Sprintf("SKIPPED: no %s (npm ci --ignore-scripts --prefix reference/backends)", module))
	}
	return []string{program}
}
