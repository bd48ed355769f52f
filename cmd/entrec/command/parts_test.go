package command

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/tensor/safetensors"
)

// colorful returns a folder of images in color in CIFAR-10's form.
func colorful(t *testing.T) string {
	t.Helper()
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(1, 1))
	for name, n := range map[string]int{"data_batch_1.bin": 40, "test_batch.bin": 20} {
		var records []byte
		for i := range n {
			records = append(records, byte(i%4))
			for range 3 * 32 * 32 {
				records = append(records, byte(rng.IntN(200)+i%4*10))
			}
		}
		put(t, dir, name, records)
	}
	return dir
}

// TestParts: a run with two encoders is gone on with, evaluated and embedded as one with one,
// and exported as two files, neither of which takes the place of another's.
func TestParts(t *testing.T) {
	t.Parallel()
	data, dir := colorful(t), t.TempDir()
	run, again, file := filepath.Join(dir, "run"), filepath.Join(dir, "again"), filepath.Join(dir, "e.safetensors")
	args := []string{"train", "--data", data, "--method", "cmc", "--variant", "color", "--encoder", "mlp", "--width", "6", "--batch", "8", "--epochs", "2", "--json", "--out"}
	summary := object(t, succeeds(t, append(args, run)...))
	succeeds(t, append(args, again, "--steps", "7", "--no-eval")...)
	longer := object(t, succeeds(t, "train", "--out", again, "--resume", "--epochs", "2", "--json"))
	require.Equal(t, 10.0, longer["steps"])
	o := object(t, succeeds(t, "eval", run, "--json"))
	for _, field := range []string{"knn_top1", "linear_top1", "mi_er", "effective_rank"} {
		require.Equal(t, summary[field], o[field], field)
	}
	require.Equal(t, 6.0, object(t, succeeds(t, "embed", run, "--out", filepath.Join(dir, "f.npy"), "--json"))["dim"])

	luma, chroma := filepath.Join(dir, "e.luma.safetensors"), filepath.Join(dir, "e.chroma.safetensors")
	put(t, dir, "e.safetensors", []byte("theirs"))
	for range 2 { // one's own are replaced
		require.Equal(t, map[string]any{"file": luma, "files": []any{luma, chroma}, "tensors": 24.0}, object(t, succeeds(t, "export", run, "--out", file, "--json")))
	}
	require.Equal(t, "theirs", readFile(t, dir, "e.safetensors"))
	require.Contains(t, succeeds(t, "export", run, "--out", file), "mlp of width 6, 24 tensors, in "+luma+", "+chroma)
	for name, encoder := range map[string]string{
		luma:   `{"name":"mlp","width":3,"channels":1,"height":32,"image_width":32}`,
		chroma: `{"name":"mlp","width":3,"channels":2,"height":32,"image_width":32}`,
	} {
		f, err := safetensors.Read(name)
		require.NoError(t, err)
		require.Equal(t, encoder, f.Metadata["encoder"])
	}
	before := readFile(t, dir, "e.luma.safetensors")
	require.NoError(t, os.WriteFile(chroma, []byte("theirs"), 0o644))
	require.Contains(t, refuses(t, exitUsage, "export", run, "--out", file), chroma+" is there already and was not written by this command")
	require.Equal(t, before, readFile(t, dir, "e.luma.safetensors"))
	for _, ending := range []string{".onnx", ".pt", ".safetensors"} { // one part that cannot be written: none is
		taken := filepath.Join(dir, "d.chroma"+ending)
		require.NoError(t, os.Mkdir(taken, 0o755))
		before := folders(t, dir)
		require.Equal(t, "entrec: write "+taken+": is a directory", refuses(t, exitFailed, "export", run, "--out", filepath.Join(dir, "d"+ending)))
		require.Equal(t, before, folders(t, dir))
	}
	require.Contains(t, refuses(t, exitUsage, "train", "--data", data, "--method", "cmc", "--variant", "color", "--width", "1"), "variant color: found encoder width 1, expected at least 2")
}
