package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// write writes a file below dir, with its folders.
func write(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, content, 0o644))
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	_, err := zw.Write(b)
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	return buf.Bytes()
}

// requireFormatError checks that err is one line and a *FormatError at that
// offset, with each of the words in its message.
func requireFormatError(t testing.TB, err error, offset int64, words ...string) {
	t.Helper()
	require.Error(t, err)
	var ferr *FormatError
	require.True(t, errors.As(err, &ferr), "%T: %v", err, err)
	require.Equal(t, offset, ferr.Offset, err.Error())
	for _, w := range words {
		require.Contains(t, err.Error(), w)
	}
	requireOneLine(t, err)
	require.Contains(t, err.Error(), "found ")
	require.Contains(t, err.Error(), "expected ")
}

func requireOneLine(t testing.TB, err error) {
	t.Helper()
	require.NotContains(t, err.Error(), "\n")
	require.False(t, strings.HasSuffix(err.Error(), " "), "%q", err.Error())
}

// requireSound checks what every loaded data set promises.
func requireSound(t testing.TB, d *Dataset) {
	t.Helper()
	require.Positive(t, d.Len())
	require.Positive(t, d.Channels)
	if d.Pixels != nil {
		require.Len(t, d.Pixels, d.Len()*d.Channels*d.Height*d.Width)
	}
	var s Scratch
	for i := range d.Len() {
		pixels, h, w, err := d.Read(i, &s)
		require.NoError(t, err)
		require.Positive(t, h*w)
		require.Len(t, pixels, d.Channels*h*w)
		if d.Height > 0 {
			require.Equal(t, []int{d.Height, d.Width}, []int{h, w})
		}
	}
	require.True(t, d.Labels == nil || len(d.Labels) == d.Len())
	require.True(t, d.Files == nil || len(d.Files) == d.Len())
	for _, label := range d.Labels {
		require.GreaterOrEqual(t, label, 0)
		require.Less(t, label, len(d.Classes))
	}
}

func mustLoad(t testing.TB, path string) *Split {
	t.Helper()
	split, err := Load(context.Background(), path, Options{})
	require.NoError(t, err)
	requireSound(t, split.Train)
	if split.Test != nil {
		requireSound(t, split.Test)
	}
	return split
}

// readArchive loads what an input of a .tar.gz holds.
func readArchive(in *input, name string) (*Split, error) {
	if err := in.inflate(); err != nil {
		return nil, err
	}
	members, err := in.tarMembers(context.Background(), "")
	if err != nil {
		return nil, err
	}
	files, err := newTree(members)
	if err != nil {
		return nil, err
	}
	return Place{FS: files, Path: in.file + archiveMark, Name: name, room: in.room}.load(context.Background(), Options{})
}
