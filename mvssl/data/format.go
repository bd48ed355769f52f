package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Format is a way in which data sets lie in a folder or a file: a row in the table of
// formats. How a row is added to this package: one file with the row, its Match and its
// Load, and a line in the table.
type Format struct {
	// Name is short, and the format's own.
	Name string
	// Doc completes the sentence "expected …" in one line: what a path leads to that has
	// this format, and in parentheses what the format is called.
	Doc string
	// Match reports whether a place has the format, by the names in a folder or the
	// first bytes of a file. What is damaged or incomplete has it all the same: Load
	// says what is wrong.
	Match func(p Place) bool
	// Fallback says that a place is held against this format only where neither it nor a
	// folder in it has another.
	Fallback bool
	// Load loads from a place that matches. The parts of the split have the place's
	// name, the same shape and classes, and are not empty. Errors are [*FormatError] for
	// what is not as it should be.
	Load func(ctx context.Context, p Place, o Options) (*Split, error)
}

// Place is a folder or a file that a data set is loaded from.
type Place struct {
	// FS holds the folder's files or, for a file, those beside it. Reading them ends
	// when Load's context is done.
	FS fs.FS
	// Path is that of the folder or file, for messages.
	Path string
	// File is the file's name in FS; "" where the place is a folder.
	File string
	// Head is the beginning of the file, at most 512 bytes.
	Head []byte
	// Name is what the data set is called: the last element of the path without .tar.gz.
	Name string

	room *budget // for what is loaded from there
}

// formats is the table, in the order in which a place is held against it. It is filled
// in init, so that formats that contain others can look them up.
var formats []Format

func init() { formats = []Format{cifarFormat, archiveFormat, idxFormat, classesFormat, imagesFormat} }

// Formats returns the table of formats, in the order in which a place is held against
// it: the first that matches loads it.
func Formats() []Format { return slices.Clone(formats) }

// RegisterFormat adds a format to the table, before those that are there. It panics
// where the name is taken. It must be called before anything is loaded, in an init
// function as a rule.
func RegisterFormat(f Format) {
	if slices.ContainsFunc(formats, func(g Format) bool { return g.Name == f.Name }) {
		panic(fmt.Sprintf("data.RegisterFormat: format %q is there already", f.Name))
	}
	formats = slices.Insert(formats, 0, f)
}

// formatList describes what a path may lead to.
func formatList() string {
	var docs []string
	for _, f := range formats {
		docs = append(docs, f.Doc)
	}
	last := len(docs) - 1
	return strings.Join(docs[:last], ", ") + ", or " + docs[last]
}

// load loads the place by the first format that matches it.
func (p Place) load(ctx context.Context, o Options) (*Split, error) {
	for _, f := range formats {
		if f.Match(p) {
			return f.Load(ctx, p, o)
		}
	}
	return nil, &FormatError{File: p.Path, Offset: -1, Found: p.content() + ", nothing that can be loaded", Expected: formatList()}
}

// placeOf looks at a path. What it holds is read under ctx.
func placeOf(ctx context.Context, path string, o Options) (Place, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Place{}, &UnknownError{path}
	case err != nil:
		return Place{}, readError(path, err)
	}
	p := Place{FS: watch(ctx, disk(path), o), Path: path, room: o.budget()}
	if p.Name, err = baseName(path); err != nil {
		return Place{}, err
	}
	switch {
	case info.IsDir():
		_, err = fs.ReadDir(p.FS, ".")
	case info.Mode().IsRegular():
		p.FS, p.File = watch(ctx, disk(filepath.Dir(path)), o), filepath.Base(path)
		p.Head, err = p.head()
	default:
		return Place{}, &FormatError{File: path, Offset: -1, Found: "neither a folder nor a regular file", Expected: formatList()}
	}
	if err != nil {
		return Place{}, readError(path, err)
	}
	return p, nil
}

// baseName is the last element of a path without .tar.gz, also for ".".
func baseName(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	base := filepath.Base(abs)
	for _, ext := range []string{".tar.gz", ".tgz"} {
		base = strings.TrimSuffix(base, ext)
	}
	return base, nil
}

// headBytes is as much of a file as formats may look at: a tar's first header.
const headBytes = 512

// head reads the beginning of the place's file.
func (p Place) head() ([]byte, error) {
	f, err := p.FS.Open(p.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, headBytes))
}

// content words what is at the place.
func (p Place) content() string {
	if p.File != "" {
		return fmt.Sprintf("a file that begins with %q", p.Head[:min(8, len(p.Head))])
	}
	const shown = 3
	entries, err := fs.ReadDir(p.FS, ".")
	if err != nil || len(entries) == 0 {
		return "an empty folder"
	}
	var names []string
	for _, e := range entries[:min(shown, len(entries))] {
		names = append(names, printableName(e.Name()))
	}
	more := ""
	if n := len(entries) - shown; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return "a folder of " + strings.Join(names, ", ") + more
}

// folder is the place as loaders of folders see it.
func (p Place) folder() folder { return folder{p.FS, p.Path, p.room} }

// open opens the place's file as it is, not inflated.
func (p Place) open() (*input, error) {
	f, err := p.FS.Open(p.File)
	if err != nil {
		return nil, readError(p.Path, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, readError(p.Path, err)
	}
	return &input{file: p.Path, r: told(f, p.File, info.Size()), size: info.Size(), exact: true, room: p.room, close: f.Close}, nil
}
