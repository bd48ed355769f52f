package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readme returns the README.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	return string(text)
}

// TestReadmeIsShort: at most 700 words beside code and tables, and at most three tables.
func TestReadmeIsShort(t *testing.T) {
	text := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(readme(t), "")
	words, tables, inTable := 0, 0, false
	for line := range strings.Lines(text) {
		table := strings.HasPrefix(line, "|")
		if table && !inTable {
			tables++
		}
		inTable = table
		if !table && !strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "<!--") {
			words += len(strings.Fields(line))
		}
	}
	t.Logf("%d words, %d tables", words, tables)
	require.LessOrEqual(t, words, 700)
	require.LessOrEqual(t, tables, 3)
}

// TestReadmeCompiles: its Go program does, and has at most 25 lines.
func TestReadmeCompiles(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme(t), -1)
	require.Len(t, blocks, 1)
	require.LessOrEqual(t, strings.Count(blocks[0][1], "\n"), 25)
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(blocks[0][1]), 0o644))
	out, err := exec.Command("go", "vet", file).CombinedOutput()
	require.NoError(t, err, string(out))
	formatted, err := exec.Command("gofmt", "-l", file).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(formatted))
}
