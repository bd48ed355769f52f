package train

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// TestReadCheckpoint writes a checkpoint and reads it back, and keeps the one before.
func TestReadCheckpoint(t *testing.T) {
	cfg, dir := checkpointConfig(t), t.TempDir()
	st := []nn.Named[float64]{{Name: "weight", Var: autograd.Param(tensor.FromSlice([]float64{1, 2}, 2))}}
	loss, lines := 0.25, 4
	want := progress{Step: 3, Images: cfg.Images, Numerics: 1, LossFirst: &loss, EpochLoss: 1.5, TrainSeconds: 2, WallSeconds: 3, Lines: &lines}
	require.NoError(t, writeCheckpoint(dir, &cfg, progress{Step: 2, Images: cfg.Images}, st))
	require.NoError(t, writeCheckpoint(dir, &cfg, want, st))
	st[0].Value.Fill(0)
	c, err := openCheckpoint(dir)
	require.NoError(t, err)
	require.Equal(t, want, c.at)
	require.NoError(t, load(c, &cfg, st, false))
	require.Equal(t, []float64{1, 2}, st[0].Value.Data())

	// Without the last one, it is the one before.
	path := filepath.Join(dir, CheckpointFile)
	require.NoError(t, os.Rename(path, path+".away"))
	c, err = openLatest(dir)
	require.NoError(t, err)
	require.Equal(t, 2, c.at.Step)
	_, err = openCheckpoint(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "rename checkpoint.previous.safetensors to checkpoint.safetensors, and entrec train --resume goes on from step 2")

	require.NoError(t, nn.WriteState(path, map[string]string{"format": "other"}, st))
	_, err = openLatest(dir)
	require.EqualError(t, err, path+`: metadata format: found "other", expected "entrec-checkpoint/2"; the checkpoint before it is whole: `+
		`rename checkpoint.previous.safetensors to checkpoint.safetensors, and entrec train --resume goes on from step 2`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, PreviousFile), nil, 0o644))
	_, err = openLatest(dir)
	require.ErrorContains(t, err, "; neither is checkpoint.previous.safetensors whole: entrec train --overwrite begins the run anew")
	require.NoError(t, os.Remove(filepath.Join(dir, PreviousFile)))
	_, err = openLatest(dir)
	require.ErrorContains(t, err, "; there is no other checkpoint: entrec train --overwrite begins the run anew")
}

// TestFormats: files of older versions have no digests, or right ones; today's have them.
func TestFormats(t *testing.T) {
	cfg, dir := checkpointConfig(t), t.TempDir()
	path := filepath.Join(dir, CheckpointFile)
	config, err := json.Marshal(cfg)
	require.NoError(t, err)
	for _, c := range []struct {
		format string
		change func(metadata map[string]string) map[string]string
		words  string
	}{
		{checkpointFormat, func(m map[string]string) map[string]string { return safetensors.Seal(m, nil) }, ""},
		{checkpointFormat, func(m map[string]string) map[string]string { return m }, `metadata: found no "sha256"`},
		{checkpointFormat, func(m map[string]string) map[string]string {
			m = safetensors.Seal(m, nil)
			delete(m, safetensors.SealKey)
			return m
		}, `metadata: found no "sha256"`},
		{unsealedFormat, func(m map[string]string) map[string]string { return m }, ""},
		{unsealedFormat, func(m map[string]string) map[string]string { return safetensors.Seal(m, nil) }, ""},
		{unsealedFormat, func(m map[string]string) map[string]string {
			m = safetensors.Seal(m, nil)
			m["progress"] = strings.Replace(m["progress"], "3", "4", 1)
			return m
		}, "metadata: found content of SHA-256 "},
		{unsealedFormat, func(m map[string]string) map[string]string {
			m[safetensors.TensorsKey] = "{}"
			return m
		}, `metadata: found no "sha256"`},
		{"entrec-checkpoint/3", func(m map[string]string) map[string]string { return safetensors.Seal(m, nil) }, `found "entrec-checkpoint/3", expected "entrec-checkpoint/2"`},
	} {
		metadata := map[string]string{"format": c.format, "config": string(config), "progress": `{"step":3,"images":60,"prepared":0}`}
		content, err := safetensors.Marshal(c.change(metadata), nil)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, 0o644))
		_, err = readCheckpoint(path)
		if c.words == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.words)
	}
}

// TestPrepared: an epoch is prepared before its first step, by methods that do.
func TestPrepared(t *testing.T) {
	c := checkpointConfig(t)
	c.Images, c.Batch, c.Epochs = 60, 8, 3 // of 7 steps
	loss := 1.0
	for _, test := range []struct{ step, least, most int }{{0, 0, 1}, {1, 1, 1}, {6, 1, 1}, {7, 1, 2}, {8, 2, 2}, {20, 3, 3}, {21, 3, 4}} {
		for prepared := -1; prepared < 6; prepared++ {
			p := progress{Step: test.step, Images: 60, Prepared: prepared, LossFirst: &loss, Numerics: 1}
			require.Equal(t, prepared >= test.least && prepared <= test.most, p.check(&c, true) == nil, "%d at step %d", prepared, test.step)
			require.Equal(t, prepared == 0, p.check(&c, false) == nil)
		}
	}
	c.Images = 1
	require.ErrorContains(t, progress{}.check(&c, false), "images: found 1, expected at least those of one step")
}

// FuzzReadCheckpoint checks that no file makes readCheckpoint panic, and that its
// errors are one line that names the file. What it takes has digests, or is of an older
// version.
func FuzzReadCheckpoint(f *testing.F) {
	cfg, dir := checkpointConfig(f), f.TempDir()
	st := []nn.Named[float32]{
		{Name: "weight", Var: autograd.Param(tensor.FromSlice([]float32{1, 2, 3, 4, 5, 6}, 2, 3))},
		{Name: "bn.num_batches_tracked", Var: autograd.Param(tensor.Scalar[float32](7))},
	}
	loss := 1.0
	require.NoError(f, writeCheckpoint(dir, &cfg, progress{Step: 3, Images: cfg.Images, Numerics: 1, LossFirst: &loss}, st))
	whole, err := os.ReadFile(filepath.Join(dir, CheckpointFile))
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:20])
	older := strings.Replace(string(whole), checkpointFormat, unsealedFormat, 1)
	older = strings.Replace(strings.Replace(older, `"sha256"`, `"sha25x"`, 1), `"sha256.tensors"`, `"sha25x.tensors"`, 1)
	for _, content := range []string{string(whole), older} {
		f.Add([]byte(content))
		f.Add([]byte(strings.Replace(content, "F32", "F64", 1)))
		f.Add([]byte(strings.Replace(content, "[2,3]", "[3,2]", 1)))
		f.Add([]byte(strings.Replace(content, `\"step\":3`, `\"step\":-`, 1)))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
		require.NoError(t, os.WriteFile(path, content, 0o644))
		c, err := readCheckpoint(path)
		if err == nil {
			err = load(c, &cfg, st, false)
		}
		if err != nil {
			require.Contains(t, err.Error(), path)
			require.NotContains(t, err.Error(), "\n")
		}
	})
}
