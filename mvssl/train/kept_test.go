package train_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/train"
	"entrec/nn"
)

// TestKept: encoders are kept after every second epoch, whatever is evaluated; they are what
// the run had then, other runs can begin with them, and the training is what it is without.
func TestKept(t *testing.T) {
	s := runtest.Split()
	for _, evaluate := range []string{"on", "off"} {
		plain := runtest.Config(t, "byol", s, "epochs", "5", "report.evaluate", evaluate)
		_, want := runtest.Finished(t, plain, s)
		c := runtest.Config(t, "byol", s, "epochs", "5", "report.evaluate", evaluate, "report.keep_every", "2")
		dir, summary := runtest.Finished(t, c, s)
		require.Equal(t, want.ParamsSHA256, summary.ParamsSHA256)
		epochs, err := train.Kept(dir)
		require.NoError(t, err)
		require.Equal(t, []int{2, 4}, epochs)

		digest := map[int]string{0: "", 2: "", 4: ""}
		for epoch := range digest {
			n, err := train.Untrained[float32](c)
			if epoch > 0 {
				n, err = train.LoadKept[float32](dir, c, epoch)
			}
			require.NoError(t, err)
			digest[epoch] = train.ParamsSHA256(n.Method.Encoder())
		}
		require.NotEqual(t, digest[0], digest[2])
		require.NotEqual(t, digest[2], digest[4])
		require.NotEqual(t, digest[4], summary.ParamsSHA256)

		w, err := nn.ReadWeights(filepath.Join(dir, train.KeptFile(4)))
		require.NoError(t, err)
		e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(9, 9)), c.Model.Encoder)
		require.NoError(t, err)
		_, err = nn.LoadWeights(w, c.Model.Encoder.Name, e)
		require.NoError(t, err)
		require.Equal(t, digest[4], train.ParamsSHA256(e))
		mean, std := w.MeanStd()
		require.Equal(t, c.Views[0].Mean, mean)
		require.Equal(t, c.Views[0].Std, std)
	}
}

// A run that was interrupted keeps the same encoders, one that goes on may keep others, and
// one that is written over leaves none but what is not its own.
func TestKeptResumes(t *testing.T) {
	s := runtest.Split()
	c := runtest.Config(t, "simclr", s, "epochs", "4", "report.keep_every", "1")
	whole, _ := runtest.Finished(t, c, s)
	dir := interrupted(t, c, s, 10)                                             // within the second epoch
	half := filepath.Join(dir, train.KeptFolder, ".epoch-0002.safetensors.123") // as a killed process leaves it
	mine := filepath.Join(dir, train.KeptFolder, "mine.safetensors")
	for _, path := range []string{half, mine} {
		require.NoError(t, os.WriteFile(path, []byte("x"), 0o644))
	}
	_, err := train.Run(t.Context(), c, s, train.Options{Out: dir, Resume: true})
	require.NoError(t, err)
	require.NoFileExists(t, half)
	for epoch := 1; epoch <= 4; epoch++ {
		want, err := os.ReadFile(filepath.Join(whole, train.KeptFile(epoch)))
		require.NoError(t, err)
		found, err := os.ReadFile(filepath.Join(dir, train.KeptFile(epoch)))
		require.NoError(t, err)
		require.Equal(t, want, found, epoch)
	}

	none := runtest.Config(t, "simclr", s, "epochs", "1")
	_, err = train.Run(t.Context(), none, s, train.Options{Out: dir, Overwrite: true})
	require.NoError(t, err)
	epochs, err := train.Kept(dir)
	require.NoError(t, err)
	require.Empty(t, epochs)
	require.FileExists(t, mine)
	_, err = train.Run(t.Context(), none, s, train.Options{Out: whole, Overwrite: true})
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(whole, train.KeptFolder))
	_, err = train.LoadKept[float32](whole, none, 3)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestKeptNames(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, train.KeptFolder), 0o755))
	for _, name := range []string{"epoch-0010.safetensors", "epoch-12345.safetensors", "epoch-00011.safetensors", "epoch-1.safetensors", "epoch-0x10.safetensors", "other"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, train.KeptFolder, name), nil, 0o644))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, train.KeptFile(7)), 0o755))
	epochs, err := train.Kept(dir)
	require.NoError(t, err)
	require.Equal(t, []int{10, 12345}, epochs)
	require.True(t, train.IsKept(filepath.Join(dir, train.KeptFile(3))))
	require.False(t, train.IsKept(filepath.Join(dir, filepath.Base(train.KeptFile(3)))))
	_, _, err = train.Resolve(runtest.Request(t, "simclr", "report.keep_every", "-1"), runtest.Split())
	var field *train.FieldError
	require.True(t, errors.As(err, &field))
	require.Equal(t, "report.keep_every", field.Path)
}
