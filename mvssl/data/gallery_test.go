package data

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// varied writes a data set of images of several sizes, the last of them named larger, and
// returns its folder.
func varied(t testing.TB, larger image.Point) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 12 {
		im := ramp(image.NewRGBA(image.Rect(0, 0, 5+i%3, 4+i%4)), i)
		write(t, dir, fmt.Sprintf("train/%c/%02d.png", 'a'+i%2, i), pngBytes(t, im))
		write(t, dir, fmt.Sprintf("test/%c/%02d.jpg", 'a'+i%2, i), jpegBytes(t, im))
	}
	write(t, dir, "train/b/99.png", pngBytes(t, ramp(image.NewRGBA(image.Rectangle{Max: larger}), 3)))
	return dir
}

// equalSets requires that two sets hold the same images.
func equalSets(t *testing.T, want, got *Dataset) {
	t.Helper()
	require.Equal(t, []int{want.Len(), want.Channels, want.Height, want.Width}, []int{got.Len(), got.Channels, got.Height, got.Width})
	require.Equal(t, want.Labels, got.Labels)
	require.Equal(t, want.Classes, got.Classes)
	require.Equal(t, want.Files, got.Files)
	var a, b Scratch
	for i := range want.Len() {
		x, h, w, err := want.Read(i, &a)
		require.NoError(t, err)
		y, h2, w2, err := got.Read(i, &b)
		require.NoError(t, err)
		require.Equal(t, []int{h, w}, []int{h2, w2})
		require.Equal(t, x, y, "image %d", i)
		h2, w2 = got.Size(i)
		require.Equal(t, []int{h, w}, []int{h2, w2})
	}
	mean, std := want.MeanStd()
	mean2, std2 := got.MeanStd()
	require.Equal(t, [][]float64{mean, std}, [][]float64{mean2, std2})
	require.Equal(t, want.SameIn(), got.SameIn())
	require.Equal(t, want.Side(), got.Side())
}

// TestImagesBeyondMemory: images that do not fit into memory are the same as those that do,
// whatever is selected of them.
func TestImagesBeyondMemory(t *testing.T) {
	for name, dir := range map[string]string{"several sizes": varied(t, image.Pt(40, 30)), "one size": oneSize(t, false), "gray": oneSize(t, true)} {
		t.Run(name, func(t *testing.T) {
			whole := mustLoad(t, dir)
			needs := indexBytes*int64(whole.Train.Len()+whole.Test.Len()) + decodingBytes*40*30
			lazy, err := Load(context.Background(), dir, Options{Memory: needs})
			require.NoError(t, err)
			require.Nil(t, lazy.Train.Pixels)
			require.Nil(t, lazy.Train.images.pixels)
			requireSound(t, lazy.Train)
			requireSound(t, lazy.Test)
			equalSets(t, whole.Train, lazy.Train)
			equalSets(t, whole.Test, lazy.Test)
			require.Equal(t, whole.SHA256, lazy.SHA256)
			few := 5
			part, err := whole.Select(0.3, &few)
			require.NoError(t, err)
			same, err := lazy.Select(0.3, &few)
			require.NoError(t, err)
			equalSets(t, part.Train, same.Train)
			equalSets(t, part.Test, same.Test)
			again, err := part.Train.Subset(3, 1)
			require.NoError(t, err)
			lazily, err := same.Train.Subset(3, 1)
			require.NoError(t, err)
			equalSets(t, again, lazily)
		})
	}
}

func oneSize(t testing.TB, gray bool) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 9 {
		im := pngBytes(t, ramp(image.NewRGBA(image.Rect(0, 0, 40, 30)), i))
		if gray {
			im = jpegBytes(t, ramp(image.NewGray(image.Rect(0, 0, 40, 30)), i))
		}
		write(t, dir, fmt.Sprintf("train/a/%d.png", i), im)
		write(t, dir, fmt.Sprintf("test/a/%d.png", i), im)
	}
	return dir
}

// TestMeanStdOfSeveralSizes: every image counts alike.
func TestMeanStdOfSeveralSizes(t *testing.T) {
	dir := t.TempDir()
	white := image.NewGray(image.Rect(0, 0, 2, 2))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	write(t, dir, "train/a/0.png", pngBytes(t, white))
	write(t, dir, "train/a/1.png", pngBytes(t, image.NewGray(image.Rect(0, 0, 90, 10))))
	write(t, dir, "test/a/1.png", pngBytes(t, image.NewGray(image.Rect(0, 0, 90, 10))))
	split := mustLoad(t, dir)
	mean, std := split.Train.MeanStd()
	require.Equal(t, [][]float64{{0.5}, {0.5}}, [][]float64{mean, std})
	require.Equal(t, -1, split.Train.SameIn())
	require.Equal(t, 0, split.Test.SameIn())
	require.Equal(t, 2, split.Train.Side())
	for i := range white.Pix {
		white.Pix[i] = 0
	}
	write(t, dir, "train/a/0.png", pngBytes(t, white))
	require.Equal(t, 0, mustLoad(t, dir).Train.SameIn(), "black, of whatever size")
}

// TestFilesThatChange: a file that is not what it was is named when it is read.
func TestFilesThatChange(t *testing.T) {
	dir := varied(t, image.Pt(40, 30))
	split, err := Load(t.Context(), dir, Options{Memory: indexBytes*25 + decodingBytes*40*30})
	require.NoError(t, err)
	path := filepath.Join(dir, split.Train.Files[2])
	write(t, dir, split.Train.Files[2], pngBytes(t, ramp(image.NewRGBA(size43), 50)))
	nothing := func([]byte, int, int) {}
	requireFormatError(t, split.Train.With(2, nothing), -1, path, "other bytes than when the data set was loaded")
	require.NoError(t, os.Remove(path))
	err = split.Train.With(2, nothing)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, path+": ")
	requireOneLine(t, err)
	require.NoError(t, split.Train.With(1, nothing))
}

// TestHeadersCostNoMemory: what a header claims is refused before memory is taken for it.
func TestHeadersCostNoMemory(t *testing.T) {
	dir := varied(t, image.Pt(40, 30))
	for _, side := range []uint32{65535, 1 << 31, 12000, 4096} {
		write(t, dir, "train/b/bomb.png", bomb(t, side, side))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Load(t.Context(), dir, Options{})
		runtime.ReadMemStats(&after)
		requireFormatError(t, err, -1, "bomb.png", "found ")
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
	}
}
