//go:build engines && unix

package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

var (
	consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")
	pythonBlock  = regexp.MustCompile("(?ms)save it as `([^`]+)`:\n\n```python\n(.*?)^```$")
)

// TestOraclePage runs every command on the page about the oracle, in order and in an empty folder.
// Each succeeds and prints what stands below it, where a line … stands for any lines, and … at a
// line's end for any words.
func TestOraclePage(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "oracle.md"))
	require.NoError(t, err)
	page, folder := string(content), t.TempDir()
	python := foreign.Python(t, "numpy")
	self, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	for name, script := range map[string]string{
		"entrec":  fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asEntrec, self),
		"python3": fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\"\n", python),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755))
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	programs := pythonBlock.FindAllStringSubmatch(page, -1)
	require.Equal(t, strings.Count(page, "```python"), len(programs), "a program without a name")
	for _, p := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(folder, p[1]), []byte(p[2]), 0o644))
	}
	blocks := consoleBlock.FindAllStringSubmatch(page, -1)
	require.GreaterOrEqual(t, len(blocks), 5)
	for _, block := range blocks {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			line, shown, _ := strings.Cut(part, "\n")
			if to, ok := strings.CutPrefix(line, "cd "); ok {
				folder = filepath.Join(folder, to)
				continue
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			cmd.Dir = folder
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			require.NoError(t, err, "%s: %s", line, &stderr)
			holds(t, line, shown, string(out))
		}
	}
}

// holds compares what a page shows below a command with what that printed.
func holds(t *testing.T, command, shown, printed string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
	skip := false
	for want := range strings.Lines(strings.TrimSpace(shown)) {
		if want = strings.TrimRight(want, " \n"); want == "…" {
			skip = true
			continue
		}
		for skip && len(lines) > 0 && !shows(want, lines[0]) {
			lines = lines[1:]
		}
		require.NotEmpty(t, lines, "%s: %q is not printed in\n%s", command, want, printed)
		require.True(t, shows(want, lines[0]), "%s: found %q, expected %q", command, lines[0], want)
		lines, skip = lines[1:], false
	}
	require.True(t, skip || strings.Join(lines, "") == "", "%s: prints more than the page shows: %q", command, lines)
}

// shows says whether a line of a page is what was printed.
func shows(want, line string) bool {
	beginning, open := strings.CutSuffix(want, "…")
	if open {
		return strings.HasPrefix(line, strings.TrimRight(beginning, " "))
	}
	return strings.TrimRight(line, " ") == want
}

// TestAction runs the script of the CI action as GitHub does, but for the build: a backend that
// passes, and one that fails.
func TestAction(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("SKIPPED: no program named bash")
	}
	action, err := filepath.Abs(filepath.Join("..", "..", "..", "reference", "action"))
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(action, "action.yml"))
	require.NoError(t, err)
	_, script, ok := strings.Cut(string(content), "      run: |\n")
	require.True(t, ok)
	// The build is tried by itself: the package that it names is there.
	build := regexp.MustCompile(`(?m)^\s*CGO_ENABLED=0 go build .* (entrec/\S+)$`)
	pkg := build.FindStringSubmatch(script)
	require.NotNil(t, pkg)
	require.DirExists(t, filepath.Join(action, "..", "..", strings.TrimPrefix(pkg[1], "entrec/")))
	self, err := os.Executable()
	require.NoError(t, err)
	script = build.ReplaceAllString(script, `ln -s "$$SELF" "$$entrec"`)
	for flags, passes := range map[string]bool{"--profile f64 --ops relu": true, "--profile f64 --ops relu,softmax": false} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asEntrec+"=1", "SELF="+self, "RUNNER_TEMP="+t.TempDir(), "GITHUB_ACTION_PATH="+action,
			"GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary.md"), "EXEC='"+self+"' golden answer --backend f32", "FLAGS="+flags, "REPORTS=out/reports")
		out, err := cmd.CombinedOutput()
		require.Equal(t, passes, err == nil, "%s", out)
		require.Equal(t, []string{"out/reports/badge.json", "out/reports/golden.html", "out/reports/golden.xml", "summary.md"}, filesIn(t, dir))
		summary, err := os.ReadFile(filepath.Join(dir, "summary.md"))
		require.NoError(t, err)
		require.Contains(t, string(summary), "| relu |")
	}
}
