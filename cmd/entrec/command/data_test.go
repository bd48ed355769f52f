package command

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// TestMovedData: where a run's data are no longer at their place, it is said what to do;
// --data takes the new place, from where the run goes on and is looked at as before.
func TestMovedData(t *testing.T) {
	t.Parallel()
	set, out := tiny(t), filepath.Join(t.TempDir(), "run")
	moved := filepath.Join(t.TempDir(), "moved")
	args := tinyRun(set, out, "--subset", "64", "--holdout", "0.2", "--epochs", "1", "--json")
	summary := object(t, succeeds(t, args...))
	digest := summary["data_sha256"]
	require.Len(t, digest, 64)
	evaluated := succeeds(t, "eval", out, "--json")

	require.NoError(t, os.Rename(set, moved))
	file := filepath.Join(t.TempDir(), "x.npy")
	for _, args := range [][]string{{"train", "--out", out, "--resume"}, {"eval", out}, {"embed", out, "--out", file}} {
		require.Equal(t, "entrec: "+out+": found nothing at "+set+", expected the data of the run: --data takes their new place", refuses(t, exitFailed, args...))
	}
	require.Equal(t, evaluated, succeeds(t, "eval", out, "--json", "--data", moved), "of the same part")
	resumed := object(t, succeeds(t, "train", "--out", out, "--resume", "--data", moved, "--json"))
	require.Equal(t, summary["params_sha256"], resumed["params_sha256"])
	require.Equal(t, digest, resumed["data_sha256"])
	cfg, err := train.ReadConfig(out)
	require.NoError(t, err)
	require.Equal(t, moved, cfg.Data)
	require.Equal(t, digest, cfg.DataSHA256)
	r := entrec(t, "eval", out, "--json")
	require.Equal(t, evaluated, r.stdout)
	require.NotContains(t, r.stderr, "warning")
}

// TestChangedData: data that changed are refused by a run that goes on, and told of by
// what looks at it.
func TestChangedData(t *testing.T) {
	t.Parallel()
	set, out := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(set, out, "--epochs", "1")...)
	before := readFile(t, out, "config.json")
	other := filepath.Join(t.TempDir(), "other")
	require.NoError(t, os.CopyFS(other, os.DirFS(set)))
	for _, dir := range []string{set, other} {
		file := filepath.Join(dir, "train-images-idx3-ubyte")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		for i := range b[16:] {
			b[16+i] = 255 - b[16+i]
		}
		require.NoError(t, os.WriteFile(file, b, 0o644))
	}
	const changed = ": the data changed since the run began: found 96 training images of digest "
	for _, more := range [][]string{nil, {"--epochs", "2"}, {"--data", set}} {
		message := refuses(t, exitFailed, append([]string{"train", "--out", out, "--resume"}, more...)...)
		require.Contains(t, message, out+changed)
		require.Contains(t, message, "expected 96 of digest ")
		require.Contains(t, message, "--data where that is elsewhere")
	}
	require.Contains(t, refuses(t, exitUsage, "train", "--out", out, "--resume", "--data", other), "entrec: --data: "+out+changed)
	require.Equal(t, before, readFile(t, out, "config.json"))
	for _, args := range [][]string{{"eval", out}, {"embed", out, "--out", filepath.Join(t.TempDir(), "x.npy")}} {
		r := entrec(t, args...)
		require.Equal(t, exitDone, r.code, r.stderr)
		require.Equal(t, 1, strings.Count(r.stderr, "warning: "+out+changed), r.stderr)
		r = entrec(t, append(args, "--data", other)...)
		require.NotContains(t, r.stderr, "warning", "data that are asked for are not the run's")
	}
}

// TestDataOfAnOlderRun: a run whose configuration has no digest goes on, and has one then.
func TestDataOfAnOlderRun(t *testing.T) {
	t.Parallel()
	set, out := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(set, out, "--epochs", "1")...)
	text := readFile(t, out, "config.json")
	var tree map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &tree))
	require.NotNil(t, tree["data_sha256"])
	delete(tree, "data_sha256")
	old, err := json.Marshal(tree)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(out, "config.json"), old, 0o644))
	succeeds(t, "eval", out)
	succeeds(t, "train", "--out", out, "--resume")
	require.Equal(t, text, readFile(t, out, "config.json"))
}

// TestMemoryFlag: what images may take is held against what they claim.
func TestMemoryFlag(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "1000000": 1e6, "12B": 12, "4K": 4096, "512M": 512 << 20, "512m": 512 << 20, "2GiB": 2 << 30, "2gib": 2 << 30, "8G": 8 << 30, "8 G": 8 << 30,
		"1.5G": 3 << 29, "3GB": 3e9, "1T": 1 << 40, "1TiB": 1 << 40, "2MB": 2e6, "7KB": 7000,
	} {
		var s sizeFlag
		require.NoError(t, s.Set(text), text)
		require.Equal(t, want, s.bytes, text)
		require.Equal(t, text, s.String())
	}
	for _, text := range []string{"", "0", "0G", "-1", "G", "1X", "1GG", "1iB", "1Gi", "x", "NaN", "Inf", "1e40", "4096T0", "0.1"} {
		require.Error(t, (&sizeFlag{}).Set(text), "%q", text)
	}
	set, out := tiny(t), filepath.Join(t.TempDir(), "run")
	require.Contains(t, refuses(t, exitUsage, tinyRun(set, out, "--memory", "lots")...), `found "lots", expected a number of bytes such as 8G`)
	message := refuses(t, exitFailed, tinyRun(set, out, "--memory", "5K")...)
	require.Contains(t, message, "train-images-idx3-ubyte")
	require.Contains(t, message, "; --memory SIZE allows more")
	require.NoDirExists(t, out)
	succeeds(t, tinyRun(set, out, "--memory", "64K", "--epochs", "1")...)
	for _, args := range [][]string{{"eval", out}, {"embed", out, "--out", filepath.Join(t.TempDir(), "x.npy")}} {
		require.Contains(t, refuses(t, exitFailed, append(args, "--memory", "6K")...), "found images that need")
		succeeds(t, append(args, "--memory", "1MiB")...)
	}
}

// TestConstantImages: training images that are all the same are wrong data.
func TestConstantImages(t *testing.T) {
	t.Parallel()
	dir, out := filepath.Join(t.TempDir(), "constant"), filepath.Join(t.TempDir(), "run")
	plain := func(c color.Color) []byte {
		im := image.NewRGBA(image.Rect(0, 0, 8, 8))
		draw.Draw(im, im.Rect, image.NewUniform(c), image.Point{}, draw.Src)
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, im))
		return b.Bytes()
	}
	for i, name := range []string{"a/0", "a/1", "b/0", "b/1"} {
		put(t, dir, "train/"+name+".png", plain(color.RGBA{byte(60 * i), 10, 20, 255}))
		put(t, dir, "test/"+name+".png", plain(color.RGBA{1, 2, byte(i), 255}))
	}
	run := tinyRun(dir, out, "--batch", "4")
	require.Contains(t, refuses(t, exitFailed, run...), "data set constant: all training images are the same in channel 1, expected images that differ")
	require.NoDirExists(t, out)
}
