package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// fuzz runs a fuzz target for its time and returns what Go says of it. What it finds
// lies in the package's testdata/fuzz.
func fuzz(ctx context.Context, p part) (result string, failed bool, err error) {
	cmd := exec.CommandContext(ctx, "go", "test", p.Package, "-run", "^$", "-fuzz", "^"+p.Target+"$",
		"-fuzztime", fmt.Sprintf("%.0fs", max(p.Seconds, 1)), "-fuzzminimizetime", "10x")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // its workers end with it
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", false, errors.New("interrupted; the same command goes on")
	}
	said := string(out)
	if err == nil || onlyDeadline(said) {
		return fuzzed(said), false, nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", false, err
	}
	fmt.Fprintln(os.Stderr, said)
	return "FAILED: " + failure(said), true, nil
}

// onlyDeadline reports whether Go took its own deadline for a failure, as it does now and
// then at the time's end.
func onlyDeadline(said string) bool {
	return strings.Contains(said, "context deadline exceeded") && !strings.Contains(said, "Failing input")
}

var progressLine = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)

// fuzzed says how much was tried, by the last line of progress.
func fuzzed(said string) string {
	lines := progressLine.FindAllStringSubmatch(said, -1)
	if len(lines) == 0 {
		return "passed"
	}
	last := lines[len(lines)-1]
	return fmt.Sprintf("passed: %s executions, %s new inputs of %s", last[1], last[2], last[3])
}

// failure returns the first line of what Go says of a failure.
func failure(said string) string {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "fuzz:") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "no message"
}
