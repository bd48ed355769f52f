package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTables: the tables in the documentation are those of the types.
func TestTables(t *testing.T) {
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(page)))
		require.NoError(t, err)
		want, err := written(string(text), page)
		require.NoError(t, err)
		require.Equal(t, want, string(text), "%s: make generate writes it", page)
	}
	_, err := written("no table", "page.md")
	require.ErrorContains(t, err, "page.md: found no lines")
}
