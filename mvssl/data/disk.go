package data

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"entrec/internal/files"
)

// maxFile is more bytes than any file of a data set has.
const maxFile = 1 << 38

// disk is a folder of a disk. Of what it holds only folders and regular files of a sane
// size are opened: a pipe, a device, or a link to one, is refused and not waited for.
type disk string

// path is that of a file of the folder.
func (d disk) path(op, name string) (string, error) {
	if !validPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(string(d), filepath.FromSlash(name)), nil
}

// validPath is [fs.ValidPath] for names of any bytes but NUL: those of files need not be UTF-8.
func validPath(name string) bool {
	return fs.ValidPath(strings.ToValidUTF8(name, "_")) && !strings.Contains(name, "\x00")
}

// Open opens a folder or a regular file.
func (d disk) Open(name string) (fs.File, error) {
	path, err := d.path("open", name)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		return os.Open(path)
	}
	f, _, err := files.Open(path, maxFile)
	if err == nil {
		return f, nil
	}
	var known *fs.PathError
	if !errors.As(err, &known) { // found and expected, behind the path
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New(strings.TrimPrefix(err.Error(), path+": "))}
	}
	return nil, err
}

// Stat opens nothing.
func (d disk) Stat(name string) (fs.FileInfo, error) {
	path, err := d.path("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(path)
}
