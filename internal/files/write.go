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
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return writeInto(path, fill)
	}
	return replace(path, fill, func() error { return nil })
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
func replace(path string, fill func(f *os.File) error, before func() error) (err error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &os.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		if of := (*os.PathError)(nil); errors.As(err, &of) {
			of.Path = path // nobody has asked for the temporary file
		}
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = fill(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = before(); err != nil {
		return err
	}
	return Rename(f.Name(), path)
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
