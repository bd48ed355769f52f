package runs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// A run of any method can be looked at: through its own data as at its end, through
// other data, of another number of images, and without any.
func TestLook(t *testing.T) {
	s := runtest.Split()
	other := &data.Split{Train: runtest.Images(13, 3), Test: runtest.Images(7, 4)}
	for _, row := range mvssl.Rows() {
		for _, precision := range []string{"f32", "f64"} {
			t.Run(row.Name+"/"+precision, func(t *testing.T) {
				c := runtest.Config(t, row.Name, s, "precision", precision)
				out, end := runtest.Finished(t, c, s)

				e, err := runs.Evaluate(t.Context(), c, s, out)
				require.NoError(t, err)
				require.Equal(t, *end.KNN, e.KNN)
				require.Equal(t, *end.Linear, e.Linear)
				require.Equal(t, end.LinearBag, e.LinearBag)
				require.Equal(t, end.Bag, e.Bag)
				require.Equal(t, *end.Entropy, e.Entropy)
				_, err = runs.Evaluate(t.Context(), c, other, out)
				require.NoError(t, err)

				file := filepath.Join(t.TempDir(), "e.safetensors")
				written, err := runs.Embed(t.Context(), c, other, out, file)
				require.NoError(t, err)
				require.Equal(t, runs.Embedding{Files: []string{file}, Images: 20, Dim: 8}, written)
				file = filepath.Join(t.TempDir(), "encoder.safetensors")
				exported, err := runs.Export(c, out, file)
				require.NoError(t, err)
				f, err := safetensors.Read(file)
				require.NoError(t, err)
				require.Len(t, f.Tensors, exported.Tensors)
				require.Equal(t, map[string]string{"f32": "F32", "f64": "F64"}[precision], f.Tensors[0].DType)

				h, err := runs.ReadHistory(out)
				require.NoError(t, err)
				require.Equal(t, e.EntropyW, h.Epochs[len(h.Epochs)-1].EntropyW)
				require.Equal(t, end, *h.Summary)
				require.Len(t, h.Epochs, 4)
				require.Equal(t, *end.Loss, *h.Epochs[3].Loss)
			})
		}
	}
}

func TestLookRefuses(t *testing.T) {
	s := runtest.Split()
	c := runtest.Config(t, "simclr", s)
	out, _ := runtest.Finished(t, c, s)
	wide := runtest.Images(10, 1)
	wide.Width, wide.Height = 16, 4
	_, err := runs.Evaluate(t.Context(), c, &data.Split{Train: wide, Test: wide}, out)
	require.EqualError(t, err, "data set made-up: found images of 1×4×16, expected the 1×8×8 that the encoder was trained on")
	one := &data.Split{Train: s.Train, Test: runtest.Images(1, 4)}
	for _, look := range []func() error{
		func() error { _, err := runs.Evaluate(t.Context(), c, one, out); return err },
		func() error { _, err := runs.Embed(t.Context(), c, one, out, "x.npy"); return err },
		func() error { _, _, err := train.Resolve(runtest.Request(t, "simclr"), one); return err },
	} {
		require.EqualError(t, look(), "data set made-up: found 1 test image, expected at least 2")
	}
	_, err = runs.Embed(t.Context(), c, s, out, "x.csv")
	require.ErrorContains(t, err, "x.csv: the name must end in one of .safetensors, .npy")
	require.NoFileExists(t, "x.csv")
	_, err = runs.ReadHistory(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
	none := c
	none.Views = nil
	_, err = runs.Export(none, out, filepath.Join(t.TempDir(), "x"))
	require.ErrorContains(t, err, "views")
}
