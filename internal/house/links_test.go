package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	links = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	code  = regexp.MustCompile("(?s)```.*?```") // where links are calls
)

// TestLinks: what the documentation points to within the repository is there, and
// every page is pointed to by another.
func TestLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, reached := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		if d.Name() != "README.md" && strings.HasPrefix(path, filepath.Join(root, "docs")) {
			pages[path] = true
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range links.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			if m[1] == "" || strings.Contains(m[1], "://") {
				continue
			}
			target := filepath.Join(filepath.Dir(path), m[1])
			_, err := os.Stat(target)
			require.NoError(t, err, "%s points to %s", path, m[1])
			if target != path {
				reached[target] = true
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for page := range pages {
		require.True(t, reached[page], "nothing points to %s", page)
	}
}
