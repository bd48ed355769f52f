package data

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"entrec/internal/printable"
)

// FormatError says that a file is not what it should be.
type FormatError struct {
	// File is the file's path; for a file in an archive, the archive's, a colon and its own.
	File string
	// Offset is the byte at which the trouble lies, counted in the uncompressed
	// data; -1 where the file as a whole is meant.
	Offset int64
	// Found and Expected complete the sentence "found …, expected …".
	Found, Expected string
	// Err is the underlying error, or nil.
	Err error
}

// Error is one line: file, offset, found, expected.
func (e *FormatError) Error() string {
	at := ""
	if e.Offset >= 0 {
		at = fmt.Sprintf(" at byte %d", e.Offset)
	}
	return fmt.Sprintf("%s%s: found %s, expected %s", printableName(e.File), at, printable.Text(e.Found), printable.Text(e.Expected))
}

// Unwrap returns Err.
func (e *FormatError) Unwrap() error { return e.Err }

// UnknownError says that what should be loaded is neither the name of a data set
// nor a path that exists.
type UnknownError struct {
	// Name is what was asked for.
	Name string
}

// Error lists the names and formats that there are.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown data set %q: found no such name and no such path, expected a name (%s) or the path of %s",
		e.Name, strings.Join(Names(), ", "), formatList())
}

// AwayError says that a data set is not on this machine, where nothing is to be fetched.
type AwayError struct {
	// Name is the data set's.
	Name string
}

// Error is one line.
func (e *AwayError) Error() string {
	return fmt.Sprintf("data set %s: found it nowhere on this machine, expected it in the user's cache folder, where train fetches it to", e.Name)
}

// printableName is a file's name as it stands in a message: quoted if it holds what does
// not print, and that of an archive as a folder without the mark behind it.
func printableName(name string) string {
	name = strings.TrimSuffix(name, archiveMark)
	if printable.Text(name) != name {
		return strconv.Quote(name)
	}
	return name
}

// broken is the error of a file that cannot be read on at offset: cut short, not
// gzip, or failing its checksum.
func broken(file string, offset int64, expected string, err error) error {
	var known *FormatError
	if errors.As(err, &known) {
		return err
	}
	found := err.Error()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		found = "the end of the file"
	case errors.Is(err, zip.ErrFormat):
		found = "a damaged or incomplete zip file"
	case errors.Is(err, zip.ErrChecksum):
		found = "bytes of another checksum"
	}
	return &FormatError{File: file, Offset: offset, Found: found, Expected: expected, Err: err}
}
