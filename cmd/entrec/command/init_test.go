package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/tensor/safetensors"
)

// TestInit: a run begins with the weights of a file, tells what it took, and goes on without
// it.
func TestInit(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	first, second, file := filepath.Join(dir, "first"), filepath.Join(dir, "second"), filepath.Join(dir, "e.safetensors")
	before := object(t, succeeds(t, tinyRun(data, first, "--epochs", "1", "--json")...))
	succeeds(t, "export", first, "--out", file, "--projector")
	again := tinyRun(data, second, "--epochs", "1", "--init", file, "--json")
	after := object(t, succeeds(t, again...))
	require.Equal(t, before["knn_top1"], after["knn_top1_untrained"], "where the first one ended")
	require.NotEqual(t, before["params_sha256"], after["params_sha256"])
	var config map[string]any
	require.NoError(t, json.Unmarshal([]byte(readFile(t, second, "config.json")), &config))
	require.Equal(t, file, config["init"])
	require.Len(t, config["init_sha256"], 64)

	// A new run of the configuration reads the file again; the one that is there does not.
	third := object(t, succeeds(t, "train", "--config", filepath.Join(second, "config.json"), "--out", filepath.Join(dir, "third"), "--json"))
	require.Equal(t, after["params_sha256"], third["params_sha256"])
	other := filepath.Join(dir, "other.safetensors")
	succeeds(t, "export", second, "--out", other)
	require.Contains(t, refuses(t, exitUsage, "train", "--out", second, "--resume", "--init", other), "init_sha256: found ")
	require.NoError(t, os.Remove(file))
	longer := object(t, succeeds(t, "train", "--out", second, "--resume", "--epochs", "2", "--json"))
	require.Equal(t, 2.0, longer["epochs"])
	require.Contains(t, refuses(t, exitUsage, append(tinyRun(data, filepath.Join(dir, "none")), "--init", file)...), "e.safetensors: no such file")

	put(t, dir, "broken.safetensors", []byte("no"))
	require.NoError(t, safetensors.Write(filepath.Join(dir, "x.safetensors"), nil, []safetensors.Tensor{safetensors.FromFloats("conv1.weight", []int{2, 3}, make([]float32, 6))}))
	for name, words := range map[string]string{
		"broken.safetensors": "broken.safetensors: byte 0: found 2 bytes, expected a header length of 8 bytes",
		"x.safetensors":      `x.safetensors: tensor "conv1.weight": found shape [2 3], expected [4 1 3 3], for convnet`,
	} {
		run := filepath.Join(dir, "refused")
		require.Contains(t, refuses(t, exitFailed, append(tinyRun(data, run), "--init", filepath.Join(dir, name))...), words)
		require.NoDirExists(t, run)
	}
	require.Contains(t, refuses(t, exitUsage, append(tinyRun(data, filepath.Join(dir, "r")), "--set", "init_sha256=0")...), "init_sha256: found a value, expected none")
}
