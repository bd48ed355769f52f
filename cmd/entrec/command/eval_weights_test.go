package command

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEvalWeights: weights by themselves have the accuracies of the run that they are of.
func TestEvalWeights(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	run, file := filepath.Join(dir, "run"), filepath.Join(dir, "e.safetensors")
	succeeds(t, tinyRun(data, run, "--epochs", "1")...)
	succeeds(t, "export", run, "--out", file)
	of := object(t, succeeds(t, "eval", run, "--json"))
	r := entrec(t, "eval", "--weights", file, "--data", data, "--json")
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Contains(t, r.stderr, "e.safetensors: took ")
	got := object(t, r.stdout)
	for _, field := range []string{"knn_top1", "linear_top1", "linear_sgd_top1", "knn_top1_interval", "eval_split"} {
		require.Equal(t, of[field], got[field], field)
	}
	require.Contains(t, succeeds(t, "eval", "--weights", file, "--data", data), "linear, L-BFGS")
	put(t, dir, "broken.safetensors", []byte("no"))
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{exitUsage, "expected one of them", []string{run, "--weights", file, "--data", data}},
		{exitUsage, "found no --data", []string{"--weights", file}},
		{exitUsage, "--encoder: found a value without --weights", []string{run, "--encoder", "mlp"}},
		{exitUsage, `encoder "resnet" is unknown`, []string{"--weights", file, "--data", data, "--encoder", "resnet"}},
		{exitUsage, "no such file", []string{"--weights", file + "x", "--data", data}},
		{exitFailed, "broken.safetensors: byte 0: found 2 bytes", []string{"--weights", filepath.Join(dir, "broken.safetensors"), "--data", data}},
		{exitFailed, `e.safetensors: `, []string{"--weights", file, "--data", data, "--encoder", "vit"}},
		{exitFailed, "expected 1", []string{"--weights", file, "--data", data, "--mean", "0.5,0.5"}},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"eval"}, c.args...)...), c.words)
	}
}
