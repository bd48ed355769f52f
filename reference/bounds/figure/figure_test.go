package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFigure(t *testing.T) {
	if testing.Short() {
		t.Skip("draws every panel")
	}
	file := filepath.Join(t.TempDir(), "bounds.svg")
	var tables strings.Builder
	require.NoError(t, figure(file, &tables, 1))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "<?xml") && strings.HasSuffix(string(text), "</svg>\n"))
	for _, p := range panels {
		require.Contains(t, tables.String(), p.title)
		require.Contains(t, string(text), ">"+p.title+"<")
	}
	require.Error(t, figure(filepath.Join(t.TempDir(), "no", "such"), &tables, 1))
}
