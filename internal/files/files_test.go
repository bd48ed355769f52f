package files

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	require.NoError(t, os.WriteFile(path, []byte("content"), 0o644))
	content, err := Read(path, 7)
	require.NoError(t, err)
	require.Equal(t, "content", string(content))
	_, err = Read(path, 6)
	require.EqualError(t, err, path+": found 7 bytes, expected at most 6")
	_, err = Read(dir, 6)
	require.EqualError(t, err, dir+": found a folder, expected a regular file")
	_, err = Read(filepath.Join(dir, "none"), 6)
	require.ErrorIs(t, err, os.ErrNotExist)

	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o644))
	content, err = Read(empty, 0)
	require.NoError(t, err)
	require.Empty(t, content)

	large := filepath.Join(dir, "large")
	require.NoError(t, os.WriteFile(large, make([]byte, 3<<20+1), 0o644))
	content, err = Read(large, 4<<20)
	require.NoError(t, err)
	require.Len(t, content, 3<<20+1)
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	require.NoError(t, Write(path, []byte("old")))
	require.NoError(t, Write(path, []byte("new")))
	// An error names the file that was asked for, not the temporary one.
	none := filepath.Join(dir, "no", "x")
	require.ErrorContains(t, Write(none, nil), "open "+none+": ")
	require.EqualError(t, Write(dir, nil), "write "+dir+": is a directory")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
}

// TestReplace: what was there before stays under the other name, also where writing
// fails.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path, previous := filepath.Join(dir, "x"), filepath.Join(dir, "y")
	put := func(text string) func(f *os.File) error {
		return func(f *os.File) error {
			_, err := f.WriteString(text)
			return err
		}
	}
	require.NoError(t, Replace(path, previous, put("one")))
	require.NoFileExists(t, previous)
	require.NoError(t, Replace(path, previous, put("two")))
	require.NoError(t, Replace(path, previous, put("three")))
	broken := errors.New("broken")
	require.ErrorIs(t, Replace(path, previous, func(*os.File) error { return broken }), broken)
	for file, want := range map[string]string{path: "three", previous: "two"} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
	}
	require.NoError(t, os.Remove(path)) // as where a file system has no links
	require.NoError(t, Replace(path, previous, put("four")))
	content, err := os.ReadFile(previous)
	require.NoError(t, err)
	require.Equal(t, "two", string(content))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2)
}

// TestWriteTogether: several files are there in their order, or none is, and no error
// leaves a temporary file or names one.
func TestWriteTogether(t *testing.T) {
	dir := t.TempDir()
	a, b, folder := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "folder")
	require.NoError(t, os.Mkdir(folder, 0o755))
	write := func(text string, paths ...string) error {
		return WriteTogether(func(batch *Batch) error {
			for _, path := range paths {
				if err := batch.Write(path, []byte(text)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	broken := func(f *os.File) error {
		return &os.PathError{Op: "write", Path: f.Name(), Err: errors.New("broken")}
	}
	require.EqualError(t, write("one", a, folder), "write "+folder+": is a directory")
	require.NoFileExists(t, a)
	require.NoError(t, write("one", a, b))
	require.EqualError(t, write("two", a, b, folder), "write "+folder+": is a directory")
	require.EqualError(t, WriteTogether(func(batch *Batch) error {
		if err := batch.Write(a, []byte("two")); err != nil {
			return err
		}
		return batch.WriteBy(b, broken)
	}), "write "+b+": broken")
	require.EqualError(t, WriteBy(a, broken), "write "+a+": broken")
	for _, path := range []string{a, b} {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "one", string(content))
	}
	later := filepath.Join(dir, "later") // where a name cannot be given, those after it are not
	require.EqualError(t, WriteTogether(func(batch *Batch) error {
		require.NoError(t, batch.Write(later, nil))
		require.NoError(t, batch.Write(a, []byte("two")))
		return os.Mkdir(later, 0o755)
	}), "rename "+later+": file exists")
	content, err := os.ReadFile(a)
	require.NoError(t, err)
	require.Equal(t, "one", string(content))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 4)
}
