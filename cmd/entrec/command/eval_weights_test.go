package command

import (
	"os"
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

	// Without test images those that training would hold out are evaluated on, as of a run.
	untested := tiny(t)
	for _, name := range []string{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"} {
		require.NoError(t, os.Remove(filepath.Join(untested, name)))
	}
	of = object(t, succeeds(t, "eval", run, "--data", untested, "--json"))
	got = object(t, succeeds(t, "eval", "--weights", file, "--data", untested, "--json"))
	require.Equal(t, "val", got["eval_split"])
	for _, field := range []string{"knn_top1", "linear_top1", "linear_sgd_top1", "eval_split", "labels"} {
		require.Equal(t, of[field], got[field], field)
	}

	for _, name := range []string{"e.pt", "e.onnx"} {
		succeeds(t, "export", run, "--out", filepath.Join(dir, name))
	}
	vit := filepath.Join(dir, "vit.safetensors")
	succeeds(t, "train", "--data", data, "--out", filepath.Join(dir, "vit"), "--encoder", "vit", "--width", "32", "--depth", "1", "--patch", "4", "--batch", "16", "--steps", "1", "--no-eval")
	succeeds(t, "export", filepath.Join(dir, "vit"), "--out", vit)
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
		{exitFailed, "found training images without labels, expected labels to learn from", []string{"--weights", file, "--data", imagesCase("unlabelled_flat_folder", "flat")}},
		{exitFailed, "broken.safetensors: byte 0: found 2 bytes", []string{"--weights", filepath.Join(dir, "broken.safetensors"), "--data", data}},
		{exitFailed, `e.safetensors: `, []string{"--weights", file, "--data", data, "--encoder", "vit"}},
		{exitFailed, "e.pt: found a PyTorch file, expected safetensors: in Python, ", []string{"--weights", filepath.Join(dir, "e.pt"), "--data", data}},
		{exitFailed, "e.onnx: found an ONNX graph, expected safetensors: ", []string{"--weights", filepath.Join(dir, "e.onnx"), "--data", data}},
		{exitUsage, "--mean: found 2 numbers, expected 1, one a channel", []string{"--weights", file, "--data", data, "--mean", "0.5,0.5"}},
		{exitUsage, "--mean: found NaN, expected a number between -1e+06 and 1e+06", []string{"--weights", file, "--data", data, "--mean", "NaN"}},
		{exitUsage, "--std: found 0, expected a number between 1e-06 and 1e+06", []string{"--weights", file, "--data", data, "--std", "0"}},
		{exitUsage, "--std: found 3 numbers, expected 1, one a channel", []string{"--weights", file, "--data", data, "--std", "1,1,1"}},
		{exitUsage, "--size: found 0, expected 1 to 4096", []string{"--weights", file, "--data", data, "--size", "0"}},
		{exitUsage, "--size: found 100000, expected 1 to 4096", []string{"--weights", file, "--data", data, "--size", "100000"}},
		{exitUsage, "--size: encoder vit: found images of 2×2, expected at least ", []string{"--weights", vit, "--data", data, "--size", "2"}},
		{exitUsage, "--heads: found 0, expected at least 1", []string{"--weights", vit, "--data", data, "--heads", "0"}},
		{exitUsage, "--heads: found 5, expected a divisor of the width 32", []string{"--weights", vit, "--data", data, "--heads", "5"}},
		{exitUsage, "--heads: found 2 for convnet, expected none: it has no attention", []string{"--weights", file, "--data", data, "--heads", "2"}},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"eval"}, c.args...)...), c.words)
	}
}
