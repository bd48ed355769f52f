package sweep_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/runs"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

// TestCollect: what is collected has the same table and the same states, is small, and tells
// nothing of the machine.
func TestCollect(t *testing.T) {
	p, dir, to := plan(t, strings.Replace(tiny, `"epochs":1`, `"epochs":1,"keep-predictions":true`, 1)), t.TempDir(), filepath.Join(t.TempDir(), "docs", "tiny")
	for i := range 6 {
		c := p.Runs[i].Config
		c.Data = "/somewhere/else"
		split, err := p.Split(p.Runs[i])
		require.NoError(t, err)
		_, err = train.Run(t.Context(), c, split, train.Options{Out: filepath.Join(dir, p.Runs[i].Folder)})
		require.NoError(t, err)
	}
	failed, begun := filepath.Join(dir, p.Runs[6].Folder), filepath.Join(dir, p.Runs[7].Folder)
	for _, path := range []string{failed, begun} {
		require.NoError(t, os.Mkdir(path, 0o755))
	}
	writeConfig(t, failed, p.Runs[6].Config)
	writeConfig(t, begun, p.Runs[7].Config)
	require.NoError(t, sweep.Failure{Error: "loss not finite at step 3", Code: sweep.NotFinite, Host: "here"}.Write(failed))

	n, skipped, err := p.Collect(dir, to)
	require.NoError(t, err)
	require.Equal(t, 7, n)
	require.Empty(t, skipped)
	tables := func(dir string) string {
		res, err := p.Read(dir)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, res.Markdown(&b))
		require.NoError(t, res.CSV(&b))
		return b.String()
	}
	require.Equal(t, tables(dir), tables(to))
	require.Contains(t, tables(to), "bootstrap")
	var where []sweep.Where
	states, err := p.States(to)
	require.NoError(t, err)
	for _, s := range states {
		where = append(where, s.Where)
	}
	require.Equal(t, []sweep.Where{"done", "done", "done", "done", "done", "done", "failed", "missing"}, where)
	kept, ok, err := sweep.ReadPlan(p.File, to)
	require.NoError(t, err)
	require.True(t, ok)
	require.Len(t, kept.Runs, 8)

	run := p.Runs[0].Folder
	entries, err := os.ReadDir(filepath.Join(to, run))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(to, run, e.Name()))
		require.NoError(t, err)
		require.NotContains(t, string(text), "/somewhere/else")
		names = append(names, e.Name())
	}
	require.Equal(t, []string{"config.json", "metrics.jsonl", "predictions.json", "summary.json"}, names)
	whole, err := runs.ReadHistory(filepath.Join(dir, run))
	require.NoError(t, err)
	part, err := runs.ReadHistory(filepath.Join(to, run))
	require.NoError(t, err)
	for i := range whole.Epochs {
		require.NotEmpty(t, whole.Epochs[i].Spectrum)
		whole.Epochs[i].Spectrum = nil
	}
	require.Equal(t, whole.Epochs, part.Epochs)
	require.Empty(t, part.Steps)
	require.Empty(t, part.Summary.Host)
	require.Equal(t, whole.Summary.ParamsSHA256, part.Summary.ParamsSHA256)

	// Again, with a run more: what is there stays, byte for byte.
	before, err := os.ReadFile(filepath.Join(to, run, "summary.json"))
	require.NoError(t, err)
	finish(t, p, filepath.Join(dir, "more"), 7)
	require.NoError(t, os.RemoveAll(begun))
	require.NoError(t, os.Rename(filepath.Join(dir, "more", p.Runs[7].Folder), begun))
	n, skipped, err = p.Collect(dir, to)
	require.NoError(t, err)
	require.Equal(t, 8, n)
	require.Empty(t, skipped)
	after, err := os.ReadFile(filepath.Join(to, run, "summary.json"))
	require.NoError(t, err)
	require.Equal(t, before, after)

	// Files that are no run's are left alone; damage is told of.
	other := t.TempDir()
	theirs := filepath.Join(other, run, "config.json")
	require.NoError(t, os.Mkdir(filepath.Dir(theirs), 0o755))
	require.NoError(t, os.WriteFile(theirs, []byte("mine"), 0o644))
	_, _, err = p.Collect(dir, other)
	require.ErrorIs(t, err, train.ErrForeign)
	text, err := os.ReadFile(theirs)
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	require.NoError(t, os.Remove(filepath.Join(dir, run, "predictions.json")))
	n, skipped, err = p.Collect(dir, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, 7, n)
	require.Len(t, skipped, 1)
	require.Contains(t, skipped[0], filepath.Join(run, "predictions.json")+": found no such file")
}
