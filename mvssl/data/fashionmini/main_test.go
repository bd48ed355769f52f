package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const original = "/usr/share/datasets/fashion-mnist"

func TestCommittedFilesAreWhatIsGenerated(t *testing.T) {
	if _, err := os.Stat(original); errors.Is(err, fs.ErrNotExist) {
		t.Skip("Debian's package dataset-fashion-mnist is not installed")
	}
	dir := t.TempDir()
	require.NoError(t, generate(original, dir))
	names, err := filepath.Glob("*.gz")
	require.NoError(t, err)
	require.Len(t, names, 4)
	for _, name := range names {
		committed, err := os.ReadFile(name)
		require.NoError(t, err)
		generated, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(content(t, committed), content(t, generated)), "content of %s", name)
		// Another version of Go may compress otherwise.
		if strings.HasPrefix(runtime.Version(), "go1.26") {
			require.True(t, bytes.Equal(committed, generated), "bytes of %s", name)
		}
	}
}

func content(t *testing.T, b []byte) []byte {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	c, err := io.ReadAll(zr)
	require.NoError(t, err)
	return c
}

func TestSizeInTheRepository(t *testing.T) {
	names, err := filepath.Glob("*.gz")
	require.NoError(t, err)
	total := int64(0)
	for _, name := range names {
		info, err := os.Stat(name)
		require.NoError(t, err)
		total += info.Size()
	}
	require.LessOrEqual(t, total, int64(3_000_000))
}

func TestGenerateRefuses(t *testing.T) {
	dir := t.TempDir()
	require.ErrorContains(t, generate(dir, dir), "train-images-idx3-ubyte.gz")

	images, labels := filepath.Join(dir, "train-images-idx3-ubyte.gz"), filepath.Join(dir, "train-labels-idx1-ubyte.gz")
	require.NoError(t, os.WriteFile(images, []byte("this is not a gzip file"), 0o644))
	require.ErrorContains(t, generate(dir, dir), images+": gzip: invalid header")

	require.NoError(t, deflate(images, make([]byte, 16+pixels)))
	require.NoError(t, deflate(labels, make([]byte, 8+2)))
	require.ErrorContains(t, generate(dir, dir), "found 784 bytes of images, expected 1568 for 2 labels")
	require.NoError(t, deflate(labels, make([]byte, 8+1)))
	require.ErrorContains(t, generate(dir, dir), "found 1 images of class 0, expected at least 580")
	require.NoError(t, deflate(labels, make([]byte, 3)))
	require.ErrorContains(t, generate(dir, dir), "found 3 bytes, expected at least 8")
}
