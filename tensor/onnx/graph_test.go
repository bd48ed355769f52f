package onnx

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamesAreUnique: a name that is given twice is told of where the graph is written, and
// nothing is.
func TestNamesAreUnique(t *testing.T) {
	var g Graph
	x := g.Input("images", 3)
	x = g.Op("Relu", "a", []string{x})
	g.Output("features", g.Op("Relu", "a", []string{x}), 3)
	path := filepath.Join(t.TempDir(), "x.onnx")
	require.EqualError(t, g.Write(path, "g", "1", nil), path+`: found two values named "a" in the graph, expected one`)
	require.NoFileExists(t, path)
}

// TestOurs tells our files from others.
func TestOurs(t *testing.T) {
	var g Graph
	g.Output("features", g.Input("images", 3), 3)
	dir := t.TempDir()
	path := filepath.Join(dir, "x.onnx")
	require.NoError(t, g.Write(path, "g", "1", map[string]string{"b": "2", "a": "1"}))
	require.True(t, Ours(path))
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, g.Write(path, "g", "1", map[string]string{"a": "1", "b": "2"}))
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, first, again)
	for _, content := range [][]byte{nil, first[:4], []byte("theirs, and long enough")} {
		require.NoError(t, os.WriteFile(path, content, 0o644))
		require.False(t, Ours(path))
	}
	require.False(t, Ours(dir))
}
