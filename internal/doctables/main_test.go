package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
)

// TestTables: the tables in the documentation are those of the types.
func TestTables(t *testing.T) {
	for page := range pages {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(page)))
		require.NoError(t, err)
		want, err := written(string(text), page)
		require.NoError(t, err)
		require.Equal(t, want, string(text), "%s: make generate writes it", page)
	}
	_, err := written("no table", "README.md")
	require.ErrorContains(t, err, "README.md: found no lines")
}

// TestRecipes: each method stands in one line of the recipes, with its optimizer and rate.
func TestRecipes(t *testing.T) {
	named := 0
	for line := range strings.Lines(recipes()) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		for _, name := range strings.Split(cells[len(cells)-1], ", ") {
			if row, err := mvssl.Find(name); err == nil {
				require.Equal(t, []string{row.Recipe.Optimizer.String(), fmt.Sprint(row.Recipe.LR)}, cells[:2], name)
				named++
			}
		}
	}
	require.Equal(t, len(mvssl.Rows()), named)
}
