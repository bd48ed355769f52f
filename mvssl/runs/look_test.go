package runs_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
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
				require.Equal(t, end.KNN, e.KNN)
				require.Equal(t, end.Linear, e.Linear)
				require.Equal(t, end.LinearBag, e.LinearBag)
				require.Equal(t, end.Bag, e.Bag)
				require.Equal(t, *end.Entropy, e.Entropy)
				_, err = runs.Evaluate(t.Context(), c, other, out)
				require.NoError(t, err)

				file := filepath.Join(t.TempDir(), "e.safetensors")
				written, err := runs.Embed(t.Context(), c, other, out, file, runs.Features)
				require.NoError(t, err)
				require.Equal(t, runs.Embedding{Files: []string{file}, Images: 20, Dim: 8}, written)
				file = filepath.Join(t.TempDir(), "encoder.safetensors")
				exported, err := runs.Export(c, out, file, runs.ExportOptions{Format: runs.Safetensors})
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
	_, err := runs.Evaluate(t.Context(), c, runtest.ColorSplit(), out)
	require.EqualError(t, err, "data set made-up: found images of 3 channels, expected the 1 that the encoder was trained on")
	wide := runtest.Images(300, 1) // of another size, which are brought to that of the run
	wide.Width, wide.Height = 16, 4
	_, err = runs.Evaluate(t.Context(), c, &data.Split{Train: wide, Test: wide}, out)
	require.NoError(t, err)
	one := &data.Split{Train: s.Train, Test: runtest.Images(1, 4)}
	for _, look := range []func() error{
		func() error { _, err := runs.Evaluate(t.Context(), c, one, out); return err },
		func() error { _, _, err := train.Resolve(runtest.Request(t, "simclr"), one); return err },
	} {
		require.EqualError(t, look(), "data set made-up: found 1 test image, expected at least 2")
	}
	_, err = runs.Embed(t.Context(), c, s, out, "x.txt", runs.Features)
	require.ErrorContains(t, err, "x.txt: the name must end in one of .safetensors, .npz, .npy, .csv, .parquet")
	require.NoFileExists(t, "x.txt")
	_, err = runs.ReadHistory(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
	none := c
	none.Views = nil
	_, err = runs.Export(none, out, filepath.Join(t.TempDir(), "x"), runs.ExportOptions{Format: runs.Safetensors})
	require.ErrorContains(t, err, "views")
}

// An encoder of luma and one of chroma are written to a file each, by which they are built
// without the run: of the planes that are JPEG's, normalized as the file says, they have the
// features that embed writes, luma's first, by which accuracies are measured.
func TestExportParts(t *testing.T) {
	s := runtest.ColorSplit()
	for _, width := range []string{"8", "7"} { // odd: luma has one more
		c := runtest.Config(t, "cmc", s, "model.variant", "color", "precision", "f64", "model.encoder.width", width)
		out, end := runtest.Finished(t, c, s)
		file := filepath.Join(t.TempDir(), "e.safetensors")
		written, err := runs.Embed(t.Context(), c, s, out, file, runs.Features)
		require.NoError(t, err)
		require.Equal(t, c.Model.Encoder.Width, written.Dim)
		f, err := safetensors.Read(file)
		require.NoError(t, err)
		whole, ok := f.Tensor("features")
		require.True(t, ok)
		features, err := safetensors.Floats[float64](whole)
		require.NoError(t, err)

		file = filepath.Join(t.TempDir(), "a.b.safetensors")
		exported, err := runs.Export(c, out, file, runs.ExportOptions{Format: runs.Safetensors})
		require.NoError(t, err)
		names, err := runs.ExportFiles(c, file)
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(filepath.Dir(file), "a.b.luma.safetensors"), filepath.Join(filepath.Dir(file), "a.b.chroma.safetensors")}, names)
		require.NoFileExists(t, file)
		luma, chroma := alone(t, names[0], "Y", s), alone(t, names[1], "Cb, Cr", s)
		require.Equal(t, written.Dim, luma.Dim(1)+chroma.Dim(1))
		require.Contains(t, []int{0, 1}, luma.Dim(1)-chroma.Dim(1))
		require.InDeltaSlice(t, tensor.Concat(1, luma, chroma).Data(), features, 1e-9)
		require.Equal(t, names, exported.Files)
		require.Equal(t, names[0], exported.File)
		require.Equal(t, 24, exported.Tensors)

		both := tensor.FromSlice(features, written.Images, written.Dim)
		n := s.Train.Len()
		knn, err := eval.KNN(t.Context(), both.Slice(0, 0, n), s.Train.Labels, both.Slice(0, n, written.Images), s.Test.Labels, c.KNN)
		require.NoError(t, err)
		require.Equal(t, knn, *end.KNN)
		e, err := runs.Evaluate(t.Context(), c, s, out)
		require.NoError(t, err)
		require.Equal(t, knn, *e.KNN)
		require.Equal(t, *end.MIER, e.MIER)
	}
	// Without an ending, and of an encoder that is one.
	c := runtest.Config(t, "cmc", s, "model.variant", "color")
	names, err := runs.ExportFiles(c, filepath.Join("dir.x", "encoder"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join("dir.x", "encoder.luma"), filepath.Join("dir.x", "encoder.chroma")}, names)
	names, err = runs.ExportFiles(runtest.Config(t, "cmc", s), "encoder")
	require.NoError(t, err)
	require.Equal(t, []string{"encoder"}, names)
}

// alone returns the features of all images of an encoder that was exported by itself.
func alone(t *testing.T, file, input string, s *data.Split) *tensor.Tensor[float64] {
	t.Helper()
	f, err := safetensors.Read(file)
	require.NoError(t, err)
	require.NoError(t, f.Verify(file))
	var c nn.EncoderConfig
	var mean, std []float64
	for key, to := range map[string]any{"encoder": &c, "mean": &mean, "std": &std} {
		require.NoError(t, json.Unmarshal([]byte(f.Metadata[key]), to))
	}
	require.Equal(t, "pt", f.Metadata["format"])
	require.Equal(t, input, f.Metadata["input"])
	require.Len(t, mean, c.Channels)
	require.Len(t, std, c.Channels)
	encoder, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(9, 9)), c)
	require.NoError(t, err)
	require.NoError(t, nn.LoadState(file, nn.State[float64](encoder)))
	bytes, pixels := append(append([]byte{}, s.Train.Pixels...), s.Test.Pixels...), c.Height*c.ImgWidth
	n := len(bytes) / (3 * pixels)
	x := tensor.New[float64](n, c.Channels, c.Height, c.ImgWidth)
	for i := range n {
		for p := range pixels {
			at := func(channel int) float64 { return float64(bytes[(3*i+channel)*pixels+p]) / 255 }
			r, g, b := at(0), at(1), at(2)
			y := (19595*r + 38470*g + 7471*b) / 65536
			planes := []float64{y}
			if input != "Y" {
				planes = []float64{128./255 + (-11056*r-21712*g+32768*b)/65536, 128./255 + (32768*r-27440*g-5328*b)/65536}
			}
			for k, v := range planes {
				x.Data()[(c.Channels*i+k)*pixels+p] = (v - mean[k]) / std[k]
			}
		}
	}
	return encoder.Forward(nn.Context{}, &autograd.Var[float64]{Value: x}).Value
}
