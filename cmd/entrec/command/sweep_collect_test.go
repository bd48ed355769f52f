package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSweepCollect: what is collected has the table and the states of the runs, without the
// data and wherever they were.
func TestSweepCollect(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t, `"epochs": 2`, `"epochs": 2, "keep-predictions": true`), filepath.Join(t.TempDir(), "runs")
	moved := filepath.Join(t.TempDir(), "moved")
	require.NoError(t, os.CopyFS(moved, os.DirFS(dataOf(t, file))))
	succeeds(t, "sweep", "run", file, "--all", "--jobs", "2", "--out", out, "--data", moved)
	to := filepath.Join(t.TempDir(), "results", "tiny")
	r := entrec(t, "sweep", "collect", file, "--out", out, "--to", to)
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Contains(t, r.stderr, "8 of 8 runs are in "+to)
	require.NoError(t, os.RemoveAll(dataOf(t, file)))
	for _, args := range [][]string{{"status"}, {"table"}, {"table", "--csv"}, {"table", "--json"}} {
		of := func(dir string) string {
			return succeeds(t, append([]string{"sweep", args[0], file, "--out", dir}, args[1:]...)...)
		}
		require.Equal(t, of(out), of(to), args)
	}
	require.NoError(t, filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		if !d.IsDir() {
			require.NotContains(t, readFile(t, filepath.Dir(path), filepath.Base(path)), moved)
		}
		return nil
	}))
	require.Contains(t, refuses(t, exitUsage, "sweep", "collect", file, "--out", out), "--to: found nothing")
	require.Contains(t, refuses(t, exitUsage, "sweep", "collect", file, "--out", out, "--to", out+"/."), "--to: found the folder of the runs")
}

// TestPublishedSweeps: tables in the documentation are what the collected runs give.
func TestPublishedSweeps(t *testing.T) {
	docs := filepath.Join("..", "..", "..", "docs")
	for name, page := range map[string]string{"views": "bounds.md", "paper-pilot": "paper.md", "paper-batch": "paper.md", "paper-simclr": "paper.md", "paper-mechanism": "paper.md", "paper-ema": "paper.md", "paper-collapse": "paper.md"} {
		table := succeeds(t, "sweep", "table", filepath.Join(docs, "sweeps", name+".json"), "--out", filepath.Join(docs, "results", name))
		table, _, found := strings.Cut(table, "\n\n")
		require.True(t, found)
		require.Contains(t, readFile(t, docs, page), "<!-- "+name+" -->\n"+table+"\n<!-- end -->")
	}
}
