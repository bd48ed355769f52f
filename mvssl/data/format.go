package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/mvssl/data/picture"
)

// Format is a way in which data sets lie in a folder or a file: a row in the table of
// formats. How a row is added to this package: one file with the row, its Match and its
// Load, and a line in the table.
type Format struct {
	// Name is short, and the format's own.
	Name string
	// Doc completes the sentence "expected …" in a few words: what a path leads to that has
	// this format or what is in the folder there, and in parentheses whose it is.
	Doc string
	// Match reports whether a place has the format, by the names in a folder or the
	// first bytes of a file. What is damaged or incomplete has it all the same: Load
	// says what is wrong.
	Match func(p Place) bool
	// Fallback says that a place is held against this format only where neither it nor a
	// folder in it has another.
	Fallback bool
	// Choices says that a place can hold several data sets, one of which Place.Choice is.
	Choices bool
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
	// Choice is which of several data sets is meant, as it stands behind the path and a "#";
	// "" is the one that there is, or the most usual one.
	Choice string

	room *budget // for what is loaded from there
}

// formats is the table, in the order in which a place is held against it. It is filled
// in init, so that formats that contain others can look them up.
var formats []Format

func init() {
	formats = []Format{
		cifarFormat, cifar100Format, cifarPythonFormat, stlFormat, idxFormat, npzFormat, npyFormat, parquetFormat,
		archiveFormat, classesFormat, imagesFormat,
	}
}

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

// maxDepth is how many folders below one that holds nothing itself are looked into.
const maxDepth = 2

// load loads the place by the first format that matches it or, where none does, the one
// folder in it that a format matches; at last by a format that any folder of images has.
func (p Place) load(ctx context.Context, o Options) (*Split, error) {
	if f, ok := p.format(false); ok {
		return p.loadBy(ctx, f, o)
	}
	below, err := p.below(maxDepth)
	if err != nil {
		return nil, err
	}
	switch len(below) {
	case 0:
		q := p.only()
		if f, ok := q.format(true); ok {
			return q.loadBy(ctx, f, o)
		}
		return nil, &FormatError{File: p.Path, Offset: -1, Found: p.content() + ", nothing that can be loaded", Expected: formatList()}
	case 1:
		q := below[0]
		if beside := p.beside(q); len(beside) > 0 {
			if train, test, _ := q.folder().parts(); q.File == "" && test == "" && train != "" && q.folder().flat(train) {
				return p.loadBy(ctx, imagesFormat, o) // a class's folder, in which there is one called train
			}
			o.note(fmt.Sprintf("%s: left out the images in %s, beside the data set %s", printableName(p.Path), listed(limited(beside), len(beside)), printableName(q.Path)))
		}
		f, _ := q.format(false)
		return q.loadBy(ctx, f, o)
	}
	var names []string
	for _, q := range below[:min(len(below), shown)] {
		names = append(names, printableName(q.Path))
	}
	return nil, &FormatError{File: p.Path, Offset: -1, Found: "several data sets: " + listed(names, len(below)), Expected: "the path of one"}
}

// beside are the folders of images in the place among which there is one with the data set q.
func (p Place) beside(q Place) (names []string) {
	entries, err := fs.ReadDir(p.FS, ".")
	if err != nil {
		return nil
	}
	dir := p.folder()
	for _, e := range entries {
		if path := dir.file(e.Name()); !hidden(e) && q.Path != path && !strings.HasPrefix(q.Path, path+string(filepath.Separator)) && dir.holdsImages(e.Name(), maxNesting) {
			names = append(names, printableName(e.Name()))
		}
	}
	return names
}

// only is the place or, as long as there is nothing in it but one folder with others or with
// images, that folder: archives have one at their top.
func (p Place) only() Place {
	for range maxDepth {
		entries, err := fs.ReadDir(p.FS, ".")
		if p.File != "" || err != nil {
			break
		}
		var folders []string
		for _, e := range entries {
			if !hidden(e) && e.IsDir() {
				folders = append(folders, e.Name())
			} else if picture.Named(e.Name()) && !hidden(e) {
				return p
			}
		}
		if len(folders) != 1 {
			break
		}
		if p, err = p.in(folders[0]); err != nil {
			break
		}
	}
	return p
}

// in is a folder in a folder.
func (p Place) in(name string) (q Place, err error) {
	q = p
	q.Path = p.folder().file(name)
	if q.FS, err = sub(p.FS, name); err != nil {
		return p, readError(q.Path, err)
	}
	return q, nil
}

// loadBy loads the place by a format that matches it.
func (p Place) loadBy(ctx context.Context, f Format, o Options) (*Split, error) {
	if p.Choice != "" && !f.Choices {
		return nil, p.noChoice(nil)
	}
	return f.Load(ctx, p, o)
}

// format is the first format that matches the place, of those that are a fallback or of the
// others.
func (p Place) format(fallback bool) (Format, bool) {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Fallback == fallback && f.Match(p) })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

// below are the folders of a folder that a format matches and, where none does, those in
// these, as deep as that.
func (p Place) below(depth int) ([]Place, error) {
	if p.File != "" || depth == 0 {
		return nil, nil
	}
	entries, err := fs.ReadDir(p.FS, ".")
	if err != nil {
		return nil, readError(p.Path, err)
	}
	var folders, found []Place
	for _, e := range entries {
		info, err := fs.Stat(p.FS, e.Name())
		if hidden(e) || err != nil || !info.IsDir() {
			continue
		}
		q, err := p.in(e.Name())
		if err != nil {
			return nil, err
		}
		if folders = append(folders, q); len(folders) > maxFolders {
			return nil, nil
		}
		if _, ok := q.format(false); ok {
			found = append(found, q)
		}
	}
	for _, q := range folders {
		if len(found) > 0 {
			break
		}
		deeper, err := q.below(depth - 1)
		if err != nil {
			return nil, err
		}
		found = append(found, deeper...)
	}
	return found, nil
}

// maxFolders is how many folders there may be where a data set is looked for.
const maxFolders = 100

// noChoice is the error of a choice that is none of those that there are.
func (p Place) noChoice(choices []string) error {
	found, expected := fmt.Sprintf("#%s behind the path", p.Choice), "none: there is one data set"
	if p.Choice == "" {
		found = fmt.Sprintf("%d data sets", len(choices))
	}
	if len(choices) > 0 {
		expected = "one of them behind the path: #" + strings.Join(choices, ", #")
	}
	return &FormatError{File: p.Path, Offset: -1, Found: found, Expected: expected}
}

// Cut parts a path from the choice of one of several data sets that stands behind it and a
// "#"; "" where none does, or there is something at the whole path.
func Cut(path string) (place, choice string) {
	at := strings.LastIndexByte(path, '#')
	if at < 1 {
		return path, ""
	}
	if _, err := os.Lstat(path); err == nil {
		return path, ""
	}
	return path[:at], path[at+1:]
}

// placeOf looks at a path. What it holds is read under ctx.
func placeOf(ctx context.Context, path string, o Options) (Place, error) {
	asked := path
	path, choice := Cut(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Place{}, &UnknownError{asked}
	case err != nil:
		return Place{}, readError(path, err)
	}
	p := Place{FS: watch(ctx, disk(path), o), Path: path, Choice: choice, room: o.budget()}
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
	for _, ext := range []string{".tar.gz", ".tgz", ".tar.zst", ".tar", ".zip", ".npz", ".npy", ".parquet"} {
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

// shown is how many names a message has.
const shown = 3

// listed words names, of so many in all.
func listed(names []string, all int) string {
	more := ""
	if n := all - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ") + more
}

// content words what is at the place.
func (p Place) content() string {
	if p.File != "" {
		if kind := kindOf(p.Head); kind != "" {
			return "a file that seems to be " + kind
		}
		return fmt.Sprintf("a file that begins with %q", p.Head[:min(8, len(p.Head))])
	}
	holder, empty := "a folder", "an empty folder"
	if strings.HasSuffix(p.Path, archiveMark) {
		holder, empty = "an archive", "an empty archive"
	}
	entries, err := fs.ReadDir(p.FS, ".")
	if err != nil || len(entries) == 0 {
		return empty
	}
	var names []string
	for _, e := range entries[:min(shown, len(entries))] {
		names = append(names, printableName(e.Name()))
	}
	return holder + " of " + listed(names, len(entries))
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

// fileAt is a file that is read anywhere.
type fileAt struct {
	io.ReaderAt
	path  string
	size  int64
	room  *budget
	close func() error
}

// openAt opens the place's file as it lies there or, in an archive, in memory.
func (p Place) openAt() (*fileAt, error) {
	in, err := p.open()
	if err != nil {
		return nil, err
	}
	f := &fileAt{path: p.Path, size: in.size, room: p.room, close: in.close}
	from := in.r
	if w, ok := from.(*watchedFile); ok {
		from = w.File
	}
	if at, ok := from.(io.ReaderAt); ok {
		f.ReaderAt = at
		return f, nil
	}
	defer in.close()
	if err := in.room.take(p.Path, in.size); err != nil {
		return nil, err
	}
	content, err := in.take(in.size, fmt.Sprintf("%d bytes", in.size))
	f.ReaderAt, f.close = bytes.NewReader(content), func() error { return nil }
	return f, err
}
