package train_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// pictures writes a folder of images of several sizes, 24 to train on and 8 to test, and
// returns it.
func pictures(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 32 {
		im := image.NewRGBA(image.Rect(0, 0, 12+i%5, 10+i%7))
		for p := range im.Pix {
			im.Pix[p] = byte(p*(i+3) ^ p>>3)
		}
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, im))
		part := "train"
		if i >= 24 {
			part = "test"
		}
		file := filepath.Join(dir, part, string(rune('a'+i%2)), fmt.Sprintf("%02d.png", i))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
	}
	return dir
}

// lazily loads images that are decoded whenever they are read.
func lazily(t testing.TB, dir string) *data.Split {
	t.Helper()
	s, err := data.Load(t.Context(), dir, data.Options{Memory: 16 << 10})
	require.NoError(t, err)
	require.Nil(t, s.Train.Pixels)
	return s
}

// TestImagesOfSeveralSizes: runs on images of several sizes are the same whether these are
// in memory or decoded as needed, and go on to the same bits.
func TestImagesOfSeveralSizes(t *testing.T) {
	dir := pictures(t)
	inMemory, err := data.Load(t.Context(), dir, data.Options{})
	require.NoError(t, err)
	lazy := lazily(t, dir)
	for _, resize := range []string{"shorter", "squash", "crop"} {
		sets := []string{"size", "8", "resize", resize, "batch", "8", "epochs", "2", "model.encoder.name", "mlp", "model.encoder.width", "8"}
		c := runtest.Config(t, "simclr", inMemory, sets...)
		want := finished(t, c, inMemory)
		require.Equal(t, want.summary.ParamsSHA256, finished(t, runtest.Config(t, "simclr", lazy, sets...), lazy).summary.ParamsSHA256)
		out := interrupted(t, c, inMemory, 2)
		require.Equal(t, want.summary.ParamsSHA256, resumed(t, c, lazy, out).summary.ParamsSHA256)
	}
}

// TestImageThatIsGone: an image that cannot be read any more ends the run with a line that
// names it.
func TestImageThatIsGone(t *testing.T) {
	dir := pictures(t)
	for _, part := range []string{"train", "test"} {
		lazy := lazily(t, dir)
		c := runtest.Config(t, "simclr", lazy, "batch", "8", "model.encoder.name", "mlp", "model.encoder.width", "8", "report.evaluate", map[string]string{"train": "off", "test": "on"}[part])
		set := map[string]*data.Dataset{"train": lazy.Train, "test": lazy.Test}[part]
		file := filepath.Join(dir, set.Files[3])
		require.NoError(t, os.Remove(file))
		_, err := train.Run(t.Context(), c, lazy, train.Options{Out: t.TempDir()})
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, file+": ")
		require.NotContains(t, err.Error(), "\n")
	}
}

// TestWithoutTestImages: a part of the training images is held out where there are no test
// images, at least as many as the diagnostics need.
func TestWithoutTestImages(t *testing.T) {
	for n, held := range map[int]int{4: 2, 8: 2, 60: 6, 55: 6} {
		s := &data.Split{Train: runtest.Images(n, 1)}
		c, part, err := train.Resolve(runtest.Request(t, "simclr", "batch", "2"), s)
		require.NoError(t, err)
		require.Equal(t, []int{n - held, held}, []int{part.Train.Len(), part.Test.Len()})
		require.Equal(t, data.Validation, c.EvalSplit())
		again, err := s.Select(c.Holdout, nil)
		require.NoError(t, err)
		require.Equal(t, part.Test.Pixels, again.Test.Pixels)
	}
	_, _, err := train.Resolve(runtest.Request(t, "simclr", "batch", "2"), &data.Split{Train: runtest.Images(3, 1)})
	require.ErrorIs(t, err, train.ErrData)
	require.ErrorContains(t, err, "found 3 images and no test images, expected at least 4")

	s := &data.Split{Train: runtest.Images(60, 1)}
	_, _, err = train.Resolve(runtest.Request(t, "simclr", "holdout", "0"), s)
	require.ErrorContains(t, err, "holdout: found 0")
	_, part, err := train.Resolve(runtest.Request(t, "simclr", "holdout", "0", "report.evaluate", "off"), s)
	require.NoError(t, err)
	require.Nil(t, part.Test)
}

// TestUsualSize: images come to the size that suits them.
func TestUsualSize(t *testing.T) {
	for _, c := range []struct{ height, width, side, size int }{
		{32, 32, 32, 32}, {224, 224, 224, 224}, {24, 32, 24, 24}, {0, 0, 375, 96}, {0, 0, 97, 96}, {0, 0, 45, 44}, {0, 0, 9, 8}, {500, 300, 300, 96},
	} {
		s := train.BenchSource()
		s.Height, s.Width, s.Side = c.height, c.width, c.side
		cfg, err := train.ResolveFor(runtest.Request(t, "simclr"), s)
		require.NoError(t, err)
		require.Equal(t, c.size, cfg.Model.Encoder.Height)
		require.Equal(t, c.height == c.size && c.width == c.size, cfg.Size == 0)
		require.Equal(t, cfg.Size == 0, cfg.Resize == "")
	}
}
