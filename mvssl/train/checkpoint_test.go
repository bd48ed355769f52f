package train_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// TestForeignCheckpoint resumes a run as what it is not. Each error names the
// file, the field, what was found and what was expected.
func TestForeignCheckpoint(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := interrupted(t, c, s, 3)
	path := filepath.Join(out, "checkpoint.safetensors")
	other := func(change func(c *train.Config)) train.Config {
		o := c
		change(&o)
		return o
	}
	for _, test := range []struct {
		name  string
		cfg   train.Config
		field string
		found string
	}{
		{"method", config(t, "simclr-er", s), "model", ""},
		{"encoder", other(func(c *train.Config) { c.Model.Encoder.Name = "convnet" }), "model.encoder.name", `found "mlp", expected "convnet"`},
		{"width", other(func(c *train.Config) { c.Model.Encoder.Width = 9 }), "model.encoder.width", "found 8, expected 9"},
		{"precision", other(func(c *train.Config) { c.Precision = "f64" }), "precision", `found "f32", expected "f64"`},
		{"rate", other(func(c *train.Config) { c.Recipe.LR = 1 }), "recipe.lr", "found 0.06, expected 1"},
		{"seed", other(func(c *train.Config) { c.Seed = 1 }), "seed", "found 0, expected 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := train.Run(context.Background(), test.cfg, s, train.Options{Out: out, Resume: true})
			for _, words := range []string{path, test.field, test.found} {
				require.ErrorContains(t, err, words)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestCutCheckpoint cuts a checkpoint's file at many places: a run is not resumed
// from a part of it.
func TestCutCheckpoint(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := interrupted(t, c, s, 3)
	path := filepath.Join(out, "checkpoint.safetensors")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, n := range []int{0, 1, 7, 8, 9, 100, len(whole) / 2, len(whole) - 1} {
		require.NoError(t, os.WriteFile(path, whole[:n], 0o644))
		_, err := train.Run(context.Background(), c, s, train.Options{Out: out, Resume: true})
		require.ErrorContains(t, err, path, "cut to %d bytes", n)
		require.NotContains(t, err.Error(), "\n")
	}
}

// TestCutWrite leaves beside the checkpoint what a kill leaves at any point of
// the writing of the next one: a part of it, under a temporary name.
func TestCutWrite(t *testing.T) {
	s := split()
	c := config(t, "toy", s)
	want := finished(t, c, s)
	old := interrupted(t, c, s, 2)
	next, err := os.ReadFile(filepath.Join(interrupted(t, c, s, 4), "checkpoint.safetensors"))
	require.NoError(t, err)
	for _, n := range []int{0, 8, 300, len(next) - 1, len(next)} {
		out := t.TempDir()
		require.NoError(t, os.CopyFS(out, os.DirFS(old)))
		require.NoError(t, os.WriteFile(filepath.Join(out, ".checkpoint.safetensors.123"), next[:n], 0o600))
		require.Equal(t, want, resumed(t, c, s, out), "%d bytes written", n)
	}
}

// TestReplaced starts a new run in the folder of an old one: not unless it is to be
// overwritten, and then the run's files alone.
func TestReplaced(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := interrupted(t, c, s, 10)
	c.Epochs, c.Seed = 1, 3
	mine := filepath.Join(out, "notes.txt")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o644))
	occupied, err := train.Occupied(out)
	require.NoError(t, err)
	require.True(t, occupied)
	_, err = train.Run(context.Background(), c, s, train.Options{Out: out})
	require.ErrorIs(t, err, train.ErrOccupied)
	summary, err := train.Run(context.Background(), c, s, train.Options{Out: out, Overwrite: true})
	require.FileExists(t, mine)
	require.NoError(t, err)
	require.Equal(t, finished(t, c, s), result(t, summary, out))
	stored, err := train.ReadConfig(out)
	require.NoError(t, err)
	require.NoError(t, stored.Same(&c))
}
