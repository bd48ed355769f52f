package data

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

// watched is a file system that can be read until a context is done.
type watched struct {
	fs.FS
	ctx  context.Context
	tell func(what string, done, total int) // Options.Reading, or nil
}

// watch returns a file system's files as they are read under a context, with its
// options.
func watch(ctx context.Context, files fs.FS, o Options) fs.FS { return watched{files, ctx, o.Reading} }

// Open opens a file whose reading ends with the context.
func (w watched) Open(name string) (fs.File, error) {
	if w.ctx.Err() != nil {
		return nil, context.Cause(w.ctx)
	}
	f, err := w.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &watchedFile{File: f, by: w}, nil
}

// Stat opens nothing.
func (w watched) Stat(name string) (fs.FileInfo, error) { return fs.Stat(w.FS, name) }

// watchedFile is a file that is being read.
type watchedFile struct {
	fs.File
	by          watched
	what        string // to tell; "" for a file that is nothing to be told of
	done, total int
}

// mostAtOnce is how many bytes are read between two looks at the context.
const mostAtOnce = 1 << 20

// Read reads on unless the context is done.
func (f *watchedFile) Read(p []byte) (int, error) {
	if f.by.ctx.Err() != nil {
		return 0, context.Cause(f.by.ctx)
	}
	n, err := f.File.Read(p[:min(len(p), mostAtOnce)])
	f.done += n
	if f.what != "" {
		f.by.tell(f.what, f.done, f.total)
	}
	return n, err
}

// ReadDir lists a folder.
func (f *watchedFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if dir, ok := f.File.(fs.ReadDirFile); ok {
		return dir.ReadDir(n)
	}
	return nil, errors.ErrUnsupported
}

// told returns a file, of size bytes, whose reading is told of.
func told(f fs.File, name string, size int64) io.Reader {
	if w, ok := f.(*watchedFile); ok && w.by.tell != nil {
		w.what, w.total = "reading "+name, int(size)
	}
	return f
}

// tell tells of files of a folder that is watched.
func (dir folder) tell(what string, done, total int) {
	if w, ok := dir.FS.(watched); ok && w.tell != nil {
		w.tell(what, done, total)
	}
}

// unwatched is the folder whose files can be read whatever becomes of a context.
func (dir folder) unwatched() folder {
	if w, ok := dir.FS.(watched); ok {
		dir.FS = w.FS
	}
	return dir
}
