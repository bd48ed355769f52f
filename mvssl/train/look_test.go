package train_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// A run of any method can be looked at: through its own data as at its end, through
// other data, of another number of images, and without any.
func TestLook(t *testing.T) {
	s := split()
	other := &data.Split{Train: images(13, 3), Test: images(7, 4)}
	for _, method := range methods() {
		for _, precision := range []string{"f32", "f64"} {
			t.Run(method+"/"+precision, func(t *testing.T) {
				c := config(t, method, s)
				c.Precision = precision
				out := t.TempDir()
				end, err := train.Run(t.Context(), c, s, train.Options{Out: out})
				require.NoError(t, err)

				e, err := train.Evaluate(t.Context(), c, s, out)
				require.NoError(t, err)
				require.Equal(t, *end.KNN, e.KNN)
				require.Equal(t, *end.Linear, e.Linear)
				require.Equal(t, *end.Entropy, e.Entropy)
				_, err = train.Evaluate(t.Context(), c, other, out)
				require.NoError(t, err)

				file := filepath.Join(t.TempDir(), "e.safetensors")
				written, err := train.Embed(t.Context(), c, other, out, file)
				require.NoError(t, err)
				require.Equal(t, train.Embedding{Files: []string{file}, Images: 20, Dim: 8}, written)
				file = filepath.Join(t.TempDir(), "encoder.safetensors")
				exported, err := train.Export(c, out, file)
				require.NoError(t, err)
				f, err := safetensors.Read(file)
				require.NoError(t, err)
				require.Len(t, f.Tensors, exported.Tensors)
				require.Equal(t, map[string]string{"f32": "F32", "f64": "F64"}[precision], f.Tensors[0].DType)

				h, err := train.ReadHistory(out)
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
	s := split()
	c := config(t, "simclr", s)
	out := finishedIn(t, c, s)
	wide := images(10, 1)
	wide.Width, wide.Height = 16, 4
	_, err := train.Evaluate(t.Context(), c, &data.Split{Train: wide, Test: wide}, out)
	require.ErrorContains(t, err, "model.encoder.height is 8, the images of made-up have 4")
	one := &data.Split{Train: s.Train, Test: images(1, 4)}
	for _, look := range []func() error{
		func() error { _, err := train.Evaluate(t.Context(), c, one, out); return err },
		func() error { _, err := train.Embed(t.Context(), c, one, out, "x.npy"); return err },
		func() error { _, err := train.Run(t.Context(), c, one, train.Options{Out: t.TempDir()}); return err },
	} {
		require.EqualError(t, look(), "data set made-up: found 1 test image, expected at least 2")
	}
	_, err = train.Embed(t.Context(), c, s, out, "x.csv")
	require.ErrorContains(t, err, "x.csv: the name must end in one of .safetensors, .npy")
	require.NoFileExists(t, "x.csv")
	_, err = train.ReadHistory(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
	none := c
	none.Views = nil
	_, err = train.Export(none, out, filepath.Join(t.TempDir(), "x"))
	require.ErrorContains(t, err, "views")
}

// finishedIn returns the folder of a run.
func finishedIn(t testing.TB, c train.Config, s *data.Split) string {
	t.Helper()
	out := t.TempDir()
	_, err := train.Run(t.Context(), c, s, train.Options{Out: out})
	require.NoError(t, err)
	return out
}
