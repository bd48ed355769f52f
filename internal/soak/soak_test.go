package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlan(t *testing.T) {
	list := "FuzzA\nFuzzB\nok  \tentrec/a\t0.1s\nok  \tentrec/none\t0.1s\n?   \tentrec/b\t[no test files]\nFuzzC\nok  \tentrec/c\t0.1s\n"
	s := soakState{Minutes: 4}
	s.plan(targets(list))
	require.Equal(t, []part{
		{Seconds: 60}, {Package: "entrec/a", Target: "FuzzA", Seconds: 60}, {Package: "entrec/a", Target: "FuzzB", Seconds: 60},
		{Package: "entrec/c", Target: "FuzzC", Seconds: 60},
	}, s.Parts)
}

func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "soak.json")
	s := &soakState{Minutes: 1, Commit: "abc", Parts: []part{{Seconds: 15, Result: "passed"}, {Package: "p", Target: "FuzzX", Seconds: 45, Result: "FAILED: x", Failed: true}}}
	require.NoError(t, s.write(path))
	back, err := readState(path)
	require.NoError(t, err)
	require.Equal(t, s, back)
	require.Contains(t, s.page(), "2 parts, 1 failed")
	require.Contains(t, s.page(), "| p FuzzX | 45 | FAILED: x |")
}

func TestFuzzed(t *testing.T) {
	require.Equal(t, "passed: 500 executions, 2 new inputs of 9", fuzzed("fuzz: elapsed: 0s, execs: 3 (2/sec), new interesting: 1 (total: 8)\n"+
		"fuzz: elapsed: 3s, execs: 500 (166/sec), new interesting: 2 (total: 9)\nPASS\n"))
	require.Equal(t, "x.go:1: wrong", failure("fuzz: elapsed: 0s\n--- FAIL: FuzzX (0.1s)\n    x.go:1: wrong\n"))
	require.True(t, onlyDeadline("--- FAIL: FuzzX\n    context deadline exceeded\n"))
	require.False(t, onlyDeadline("context deadline exceeded\nFailing input written to x"))
}
