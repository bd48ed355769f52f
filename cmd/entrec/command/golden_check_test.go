package command

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var committed = filepath.Join("..", "..", "..", "reference", "testdata", "golden", "v1")

func TestGoldenCheckBuiltIn(t *testing.T) {
	dir := t.TempDir()
	report, junit := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.xml")
	code, stdout, stderr := runGolden("check", committed, "--backend", "f64", "--profile", "f64", "--json", report, "--junit", junit)
	require.Equal(t, 0, code, stdout+stderr)
	require.Contains(t, stdout, "op ")
	require.Contains(t, stdout, " passed, 0 failed, 0 lacking of ")
	content, err := os.ReadFile(report)
	require.NoError(t, err)
	var r struct {
		Passed, Failed, Lacking, Expected int
		Backend, Profile                  string
		Ops                               []struct{ Op, Verdict string }
	}
	require.NoError(t, json.Unmarshal(content, &r))
	require.Equal(t, r.Expected, r.Passed)
	require.GreaterOrEqual(t, r.Passed, 300)
	require.Equal(t, []string{"f64", "f64"}, []string{r.Backend, r.Profile})
	require.NotEmpty(t, r.Ops)
	content, err = os.ReadFile(junit)
	require.NoError(t, err)
	require.Contains(t, string(content), "<testsuites ")

	code, stdout, _ = runGolden("check", committed, "--backend", "f32", "--ops", "softmax,matmul")
	require.Equal(t, 0, code)
	require.Contains(t, stdout, "softmax")
	require.NotContains(t, stdout, "relu")
	// float32 is not float64.
	code, _, stderr = runGolden("check", committed, "--backend", "f32", "--ops", "softmax", "--profile", "f64")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "cases failed")
}

func TestGoldenCheckIsAskedWrongly(t *testing.T) {
	for _, args := range [][]string{
		{committed},
		{committed, "--exec", "a", "--backend", "f64"},
		{committed, "--backend", "abacus"},
		{committed, "--backend", "f64", "--profile", "f16"},
		{committed, "--exec", "a", "--mode", "stream"},
		{committed, "--exec", "a", "--jobs", "0"},
		{committed, "--exec", "a", "--timeout", "-1s"},
		{committed, "--exec", "a 'b"},
		{},
	} {
		code, _, stderr := runGolden(append([]string{"check"}, args...)...)
		require.Equal(t, exitUsage, code, "%v: %s", args, stderr)
	}
	for _, args := range [][]string{
		{t.TempDir(), "--backend", "f64"},
		{committed, "--backend", "f64", "--ops", "knitting"},
	} {
		code, _, stderr := runGolden(append([]string{"check"}, args...)...)
		require.Equal(t, exitFailed, code, "%v: %s", args, stderr)
	}
}

func TestGoldenCheckInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, _, _ := goldenUntil(ctx, "check", committed, "--exec", "sleep")
	require.Equal(t, exitInterrupted, code)
}

func TestGoldenExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "suite")
	code, _, stderr := runGolden("export", dir)
	require.Equal(t, 0, code, stderr)
	require.Equal(t, filesIn(t, committed), filesIn(t, dir))
	code, _, stderr = runGolden("export", dir) // again, over itself
	require.Equal(t, 0, code, stderr)
	stranger := filepath.Join(dir, "stranger.safetensors")
	require.NoError(t, os.WriteFile(stranger, nil, 0o644))
	code, _, stderr = runGolden("export", dir)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "stranger.safetensors: found a case that is not the suite's")
}
