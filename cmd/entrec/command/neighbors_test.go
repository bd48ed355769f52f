package command

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/runs"
)

// TestNeighborsOnOneLine: names with line breaks stay on theirs.
func TestNeighborsOnOneLine(t *testing.T) {
	class, file := "a\nb", "a\nb/\x1b.png"
	var b strings.Builder
	printNeighbors(&b, []runs.Neighborhood{{Image: "q\n.png", Neighbors: []runs.Neighbor{{Image: "train:1", Class: &class, File: &file}}}})
	require.Equal(t, "q\\n.png\n  0.0000  train:1       a\\nb  a\\nb/\\x1b.png\n", b.String())
}

// TestNeighbors: images of the data set and files find their neighbors, which a sheet shows.
func TestNeighbors(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	run, sheet, photo := filepath.Join(dir, "run"), filepath.Join(dir, "s.png"), filepath.Join(dir, "photo.png")
	succeeds(t, tinyRun(data, run, "--epochs", "1")...)
	im := image.NewRGBA(image.Rect(0, 0, 30, 20)) // neither square nor of the run's size, nor gray
	for p := range 600 {
		im.Set(p%30, p/30, color.RGBA{byte(p), byte(p / 3), 90, 255})
	}
	f, err := os.Create(photo)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, im))
	require.NoError(t, f.Close())

	o := object(t, succeeds(t, "neighbors", run, "test:3", "train:5", photo, "--k", "4", "--json", "--out", sheet))
	require.Equal(t, []string{"images", "sheet"}, keys(o))
	require.Equal(t, sheet, o["sheet"])
	images := o["images"].([]any)
	require.Len(t, images, 3)
	for i, of := range images {
		of := of.(map[string]any)
		require.Equal(t, []string{"class", "file", "image", "label", "neighbors"}, keys(of))
		before := 0.0
		require.Len(t, of["neighbors"], 4)
		for _, n := range of["neighbors"].([]any) {
			n := n.(map[string]any)
			require.Equal(t, []string{"class", "distance", "file", "image", "label"}, keys(n))
			require.GreaterOrEqual(t, n["distance"], before)
			before = n["distance"].(float64)
			require.NotEqual(t, "train:5", map[bool]any{true: n["image"]}[i == 1], "a training image is not its own neighbor")
		}
	}
	require.Equal(t, 3.0, images[0].(map[string]any)["label"])
	require.Nil(t, images[2].(map[string]any)["label"])
	raw, err := os.Open(sheet)
	require.NoError(t, err)
	defer raw.Close()
	drawn, err := png.Decode(raw)
	require.NoError(t, err)
	require.Equal(t, sheetGap+3*sheetRow, drawn.Bounds().Dy())

	text := succeeds(t, "neighbors", run, "test:0", "--k", "2", "--out", sheet) // one's own is replaced
	require.Regexp(t, `^test:0  \S+\n +0\.\d{4}  train:\d+ +\S+\n +\d\.\d{4}  train:\d+ +\S+\ndrawn in `, text)
	all := object(t, succeeds(t, "neighbors", run, "test:0", "--k", "1000", "--json"))
	require.Len(t, all["images"].([]any)[0].(map[string]any)["neighbors"], 96)
	require.Nil(t, all["sheet"])

	put(t, dir, "theirs.png", []byte(readFile(t, dir, "photo.png")))
	put(t, dir, "broken.png", []byte("\x89PNG\r\n\x1a\nno"))
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{exitUsage, "test:40: found image 40, expected 0 to 39: ", []string{"test:40"}},
		{exitUsage, "found no such file, expected an image, or one of the data set such as test:17", []string{"test:x"}},
		{exitUsage, "found no such file", []string{filepath.Join(dir, "none.png")}},
		{exitUsage, "found no such file", []string{"val:1"}},
		{exitFailed, "broken.png: found ", []string{filepath.Join(dir, "broken.png")}},
		{exitFailed, "", []string{dir}},
		{exitUsage, "--k: found 0, expected 1 to 1000", []string{"test:0", "--k", "0"}},
		{exitUsage, `expected a file whose name ends in .png`, []string{"test:0", "--out", filepath.Join(dir, "s.jpg")}},
		{exitUsage, "theirs.png is there already and was not written by this command", []string{"test:0", "--out", filepath.Join(dir, "theirs.png")}},
		{exitUsage, "photo.png is read by this command", []string{photo, "--out", photo}},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"neighbors", run}, c.args...)...), c.words)
	}
}
