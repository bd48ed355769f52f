package command

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestViews: a sheet of views is drawn before there is a run, and is the run's own.
func TestViews(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	run, before, after, other := filepath.Join(dir, "run"), filepath.Join(dir, "before.png"), filepath.Join(dir, "after.png"), filepath.Join(dir, "other.png")
	flags := []string{"--method", "dino", "--local-crops", "2", "--batch", "8", "--seed", "3"}
	o := object(t, succeeds(t, append([]string{"views", "--data", data, "--out", before, "--json"}, flags...)...))
	require.Equal(t, []string{"data", "images", "method", "seed", "sheet", "views"}, keys(o))
	require.Len(t, o["images"], 8)
	require.Len(t, o["views"], 4)
	succeeds(t, append(tinyRun(data, run, "--epochs", "1"), flags...)...)
	require.Regexp(t, `^\S+after.png: 8 images of \S+, \d+ views each, seed 3\n$`, succeeds(t, "views", run, "--out", after))
	require.Equal(t, readFile(t, dir, "before.png"), readFile(t, dir, "after.png"))
	succeeds(t, "views", run, "--out", other, "--seed", "4")
	require.NotEqual(t, readFile(t, dir, "before.png"), readFile(t, dir, "other.png"))
	succeeds(t, "views", run, "--out", other, "--images", "1000") // one's own is replaced, by all images
	f, err := os.Open(other)
	require.NoError(t, err)
	defer f.Close()
	_, err = png.Decode(f)
	require.NoError(t, err)

	put(t, dir, "theirs.png", []byte("mine"))
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{exitUsage, "--out: found nothing, expected the PNG to draw in", nil},
		{exitUsage, "expected a file whose name ends in .png", []string{"--out", filepath.Join(dir, "v.svg")}},
		{exitUsage, "theirs.png is there already and was not written by this command", []string{run, "--out", filepath.Join(dir, "theirs.png")}},
		{exitUsage, "--images: found 0, expected at least 1", []string{run, "--out", other, "--images", "0"}},
		{exitUsage, "--images: found 1000000000, expected at most ", []string{"--out", other, "--images", "1000000000"}},
		{exitUsage, "--batch: found a value, expected none: the views are those of the run in ", []string{run, "--out", other, "--batch", "4"}},
		{exitUsage, "--set: found a value, expected none", []string{run, "--out", other, "--set", "views.*.flip=0"}},
		{exitUsage, "--set: views.9.flip: ", []string{"--data", data, "--out", other, "--set", "views.9.flip=0"}},
		{exitFailed, "config.json", []string{filepath.Join(dir, "none"), "--out", other}},
		{exitUsage, "found", []string{"--data", filepath.Join(dir, "none"), "--out", other}},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"views"}, c.args...)...), c.words)
	}
	require.Equal(t, "mine", readFile(t, dir, "theirs.png"))
}
