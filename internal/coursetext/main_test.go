package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChapters: the code in the chapters is that of the sources, and the exercises are
// those of the folders.
func TestChapters(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(chapters)))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		require.Regexp(t, block, string(text), page)
		want, err := written(string(text), root)
		require.NoError(t, err)
		require.Equal(t, want, string(text), "%s: make generate writes it", page)
	}
}

// TestBlocks: code that is not there is an error that says so, and the rest of a page
// stays as it is.
func TestBlocks(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.go"), []byte("package a\n\n// F is.\nfunc F() {}\n\n// T is.\ntype T struct{}\n\nfunc (t *T) M() {}\n"), 0o600))
	for text, want := range map[string]string{
		"x\n<!-- code: a.go F -->\nold\n<!-- end -->\ny\n": "x\n<!-- code: a.go F -->\n```go\n// F is.\nfunc F() {}\n```\n<!-- end -->\ny\n",
		"<!-- code: a.go T.M T -->\n<!-- end -->":          "<!-- code: a.go T.M T -->\n```go\nfunc (t *T) M() {}\n\n// T is.\ntype T struct{}\n```\n<!-- end -->",
		"nothing": "nothing",
	} {
		found, err := written(text, root)
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
	for text, message := range map[string]string{
		"<!-- code: a.go G -->\n<!-- end -->": "code: a.go declares no G",
		"<!-- code: a.go -->\n<!-- end -->":   "code: found [a.go], expected a file and names",
		"<!-- code: b.go F -->\n<!-- end -->": "b.go",
	} {
		_, err := written(text, root)
		require.ErrorContains(t, err, message)
	}
}
