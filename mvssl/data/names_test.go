package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamesOfOtherCharacterSets: names that are not UTF-8 are taken as they are, but those of
// a zip that does not say that they are UTF-8, which are of code page 437.
func TestNamesOfOtherCharacterSets(t *testing.T) {
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))))
	var files, old []tarFile
	for _, class := range []string{"gr\x81n", "rot"} {
		for _, name := range []string{"0.png", "caf\xe9.png"} {
			files = append(files, tarFile{"train/" + class + "/" + name, picture.Bytes(), tar.TypeReg})
		}
		old = append(old, tarFile{"train/" + class + "/0.png", picture.Bytes(), 0})
	}
	var zipped bytes.Buffer
	zw := zip.NewWriter(&zipped)
	for _, f := range old {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: f.name, NonUTF8: true})
		require.NoError(t, err)
		_, err = w.Write(f.content)
		require.NoError(t, err)
	}
	require.NoError(t, zw.Close())
	var tarball bytes.Buffer
	tw := tar.NewWriter(&tarball)
	for _, f := range files {
		require.NoError(t, tw.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: 0o644, Typeflag: tar.TypeReg, Format: tar.FormatGNU}))
		_, err := tw.Write(f.content)
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	dir := t.TempDir()
	write(t, dir, "a.zip", zipped.Bytes())
	write(t, dir, "a.tar", tarball.Bytes())
	cases := map[string]struct {
		images  int
		classes []string
	}{"a.zip": {2, []string{"grün", "rot"}}, "a.tar": {4, []string{"gr\x81n", "rot"}}}
	if runtime.GOOS == "linux" { // others have file systems that refuse them
		for _, f := range files {
			path := filepath.Join(dir, "folder", f.name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, f.content, 0o644))
		}
		cases["folder"] = cases["a.tar"]
	}
	for name, want := range cases {
		split, err := Load(t.Context(), filepath.Join(dir, name), Options{})
		require.NoError(t, err, name)
		require.Equal(t, want.images, split.Train.Len(), name)
		require.Equal(t, want.classes, split.Train.Classes, name)
	}
	_, err := Load(t.Context(), filepath.Join(dir, "a.zip"), Options{Memory: 1})
	requireOneLine(t, err)
	for name, leads := range map[string]bool{
		"a/\xff.png": false, "a\x00b.png": true, "/\xff": true, "\xff/../..": true, "..": true, "a/../\xff": true, "C:/x.png": false,
	} {
		require.Equal(t, leads, leadsOut(name), "%q", name)
	}
}
