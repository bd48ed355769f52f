package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Write writes content to path wholly or not at all, even where the power is cut: to a
// temporary file beside it, which is synced and renamed, after which the folder is
// synced. A device or a pipe, such as /dev/stdout, is written to as it is.
func Write(path string, content []byte) error {
	return WriteBy(path, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// WriteBy is [Write] of what fill writes to the file that it is given.
func WriteBy(path string, fill func(f *os.File) error) error {
	if isStream(path) {
		return writeInto(path, fill)
	}
	return replace(path, fill, func() error { return nil })
}

// isStream reports whether a device or a pipe is at path.
func isStream(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// Replace is [WriteBy] that keeps what was at path before, if anything, under the name
// previous in the same folder, in place of what had that name. At every moment there is
// a whole file at path; where the file system has no links, at one of the two.
func Replace(path, previous string, fill func(f *os.File) error) error {
	return replace(path, fill, func() error { return keep(path, previous) })
}

// keep gives a file a second name, or where there are no links another one.
func keep(path, previous string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Remove(previous); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if os.Link(path, previous) == nil {
		return nil
	}
	return os.Rename(path, previous)
}

// replace fills a temporary file beside path, and renames it once before has returned.
func replace(path string, fill func(f *os.File) error, before func() error) error {
	name, err := fillTemporary(path, fill)
	if err != nil {
		return err
	}
	if err = before(); err == nil {
		err = naming(Rename(name, path), name, path)
	}
	if err != nil {
		os.Remove(name)
	}
	return err
}

// fillTemporary fills and syncs a temporary file beside path, and returns its name. Where
// it errs there is none, and the error names path.
func fillTemporary(path string, fill func(f *os.File) error) (name string, err error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "", &os.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		if of := (*os.PathError)(nil); errors.As(err, &of) {
			of.Path = path // nobody has asked for the temporary file
		}
		return "", err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = naming(err, f.Name(), path)
		}
	}()
	if err = fill(f); err != nil {
		return "", err
	}
	if err = f.Sync(); err != nil {
		return "", err
	}
	if err = f.Chmod(0o644); err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// naming returns an error about a temporary file as one about the file that it was for.
func naming(err error, temporary, path string) error {
	if link := (*os.LinkError)(nil); errors.As(err, &link) && link.Old == temporary {
		return &os.PathError{Op: link.Op, Path: path, Err: link.Err}
	}
	if of := (*os.PathError)(nil); errors.As(err, &of) && of.Path == temporary {
		of.Path = path
	}
	return err
}

// Rename renames a file within a folder, or replaces another there, and syncs the
// folder, so that the new name outlives a power cut.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// writeInto fills what is at path.
func writeInto(path string, fill func(f *os.File) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = fill(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
