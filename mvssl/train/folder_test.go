package train_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/lock"
	"entrec/mvssl/train"
)

// TestForeignFolders: whatever is asked, nothing is written into a folder whose files
// have a run's names and are none, and nothing of it is removed.
func TestForeignFolders(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "epochs", "1")
	link := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			to := filepath.Join(t.TempDir(), "elsewhere")
			require.NoError(t, os.WriteFile(to, []byte("mine"), 0o644))
			require.NoError(t, os.Symlink(to, filepath.Join(dir, name)))
		}
	}
	file := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		}
	}
	for name, made := range map[string]func(t *testing.T, dir string){
		"config.json: another JSON object":                 file("config.json", `{"model": "resnet", "format": "theirs/1"}`),
		"config.json: something else than a JSON object":   file("config.json", `epochs: 3`),
		"config.json: something else than a JSON object ":  file("config.json", `[1, 2]`),
		"config.json: something else than a JSON object  ": file("config.json", ``),
		"config.json: 16777217 bytes":                      file("config.json", strings.Repeat(" ", 1<<24+1)),
		"config.json: no regular file":                     link("config.json"),
		"metrics.jsonl: no regular file":                   link("metrics.jsonl"),
		"metrics.jsonl: no config.json beside it":          file("metrics.jsonl", "{}\n"),
		"summary.json: no config.json beside it":           file("summary.json", "{}\n"),
		"checkpoint.safetensors: no config.json beside it": file("checkpoint.safetensors", "x"),
		"loss.svg: no config.json beside it":               file("loss.svg", "<svg/>"),
		"checkpoint.safetensors: no regular file": func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "checkpoint.safetensors"), 0o755))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			made(t, dir)
			file, found, _ := strings.Cut(strings.TrimSpace(name), ": ")
			before := tree(t, dir)
			check := func(err error) {
				require.ErrorIs(t, err, train.ErrForeign)
				require.ErrorContains(t, err, filepath.Join(dir, file)+" is not a run's: found "+found+", expected ")
				require.NotContains(t, err.Error(), "\n")
				require.Equal(t, before, tree(t, dir))
			}
			_, err := train.Occupied(dir)
			check(err)
			check(train.Clear(dir))
			for _, o := range []train.Options{{Out: dir}, {Out: dir, Resume: true}, {Out: dir, Overwrite: true}, {Out: dir, Resume: true, Overwrite: true}} {
				_, err := train.Run(t.Context(), c, s, o)
				check(err)
			}
		})
	}
}

// tree returns the names and contents of a folder's files.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		text, _ := os.ReadFile(filepath.Join(dir, e.Name())) // a folder has none
		files[e.Name()] = string(text)
	}
	return files
}

// TestClear removes the files of a run, its figures, and what killed processes left,
// and no others, however like theirs the names are.
func TestClear(t *testing.T) {
	s := split()
	dir := t.TempDir()
	_, err := train.Run(t.Context(), config(t, "simclr", s, "epochs", "1"), s, train.Options{Out: dir})
	require.NoError(t, err)
	const id = "0123456789abcdef0123456789abcdef"
	put := func(names ...string) {
		for _, name := range names {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644))
		}
	}
	put("loss.svg", "knn.svg", "bound.svg", ".config.json.123", ".checkpoint.safetensors.4", ".metrics.jsonl.5", ".summary.json.6",
		".loss.svg.77", ".lock-"+id, "lock-"+id+".json")
	theirs := []string{".config.json.bak", "lock-screen.json", "lock-" + id + ".json.old", ".lock-", "notes.txt", "encoder.safetensors", "config.json.1"}
	put(theirs...)
	require.NoError(t, train.Clear(dir))
	left := tree(t, dir)
	require.Len(t, left, len(theirs))
	for _, name := range theirs {
		require.Contains(t, left, name)
	}
	occupied, err := train.Occupied(dir)
	require.NoError(t, err)
	require.False(t, occupied)
}

// TestOccupied: a folder in which a process trains is known by its lock.
func TestOccupied(t *testing.T) {
	dir := t.TempDir()
	occupied, err := train.Occupied(filepath.Join(dir, "nothing"))
	require.NoError(t, err)
	require.False(t, occupied)
	held, err := lock.Acquire(dir)
	require.NoError(t, err)
	_, err = train.Occupied(dir)
	var by *lock.Held
	require.ErrorAs(t, err, &by)
	require.Equal(t, os.Getpid(), by.Process)
	require.NoError(t, held.Release())
	occupied, err = train.Occupied(dir)
	require.NoError(t, err)
	require.False(t, occupied)
}
