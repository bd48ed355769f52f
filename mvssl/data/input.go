package data

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// folder is a folder to load from. It goes by a path in messages, and by an fs.FS
// otherwise, so that embedded files take the same way as those of a disk.
type folder struct {
	fs.FS
	path string
	room *budget
}

// file is the path of a file of the folder, for messages.
func (dir folder) file(name string) string {
	if strings.HasSuffix(dir.path, archiveMark) {
		return dir.path + name
	}
	return filepath.Join(dir.path, filepath.FromSlash(name))
}

// Stat opens nothing.
func (dir folder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(dir.FS, name) }

// has reports whether the folder holds a file or folder of that name.
func (dir folder) has(name string) bool {
	_, err := fs.Stat(dir, name)
	return err == nil
}

// DEFLATE spends at least two bits on 258 bytes (a length code and a distance code
// of one bit each), so it never expands by more than 1032. That bounds what a
// header inside a compressed file can truthfully claim.
const maxInflation = 1032

// input is a file being read front to back.
type input struct {
	file   string
	r      io.Reader
	offset int64 // bytes read so far, uncompressed
	size   int64 // the file's bytes; if inflating, the most that they can inflate to
	exact  bool  // size is the very number, not a bound
	room   *budget
	close  func() error
}

// open opens a file of the folder and, if its name ends in .gz, inflates it.
func (dir folder) open(name string) (*input, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, readError(dir.file(name), err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, readError(dir.file(name), err)
	}
	in := &input{file: dir.file(name), r: told(f, name, info.Size()), size: info.Size(), exact: true, room: dir.room, close: f.Close}
	if strings.HasSuffix(name, ".gz") {
		if err := in.inflate(); err != nil {
			f.Close()
			return nil, err
		}
	}
	return in, nil
}

// readError names the file where fs errors name only what is below the folder.
func readError(file string, err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		err = perr.Err
	}
	return fmt.Errorf("%s: %w", printableName(file), err)
}

// inflate turns an input of a gzip file into one of its content.
func (in *input) inflate() error {
	zr, err := gzip.NewReader(in.r)
	if err != nil {
		return broken(in.file, 0, "a gzip file", err)
	}
	in.r, in.size, in.exact = zr, in.size*maxInflation, false
	return nil
}

// Read reads on, counting.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.r.Read(p)
	in.offset += int64(n)
	return n, err
}

// readFull fills p; what says, for the error, what stands there.
func (in *input) readFull(p []byte, what string) error {
	if _, err := io.ReadFull(in, p); err != nil {
		return broken(in.file, in.offset, what, err)
	}
	return nil
}

// firstGrant is what take allocates before it has seen a byte.
const firstGrant = 1 << 20

// take reads n bytes, which must have been held against size. Where size is only a
// bound, memory grows with what has in truth been read.
func (in *input) take(n int64, what string) ([]byte, error) {
	grant := n
	if !in.exact {
		grant = min(n, firstGrant)
	}
	p := make([]byte, grant)
	for done := int64(0); ; {
		if err := in.readFull(p[done:], what); err != nil {
			return nil, err
		}
		done = int64(len(p))
		if done == n {
			return p, nil
		}
		longer := make([]byte, min(n, 2*done))
		copy(longer, p)
		p = longer
	}
}

// end checks that nothing follows, and with it a gzip file's checksum.
func (in *input) end() error {
	var p [1]byte
	switch n, err := io.ReadFull(in.r, p[:]); {
	case n > 0:
		return &FormatError{File: in.file, Offset: in.offset, Found: "more data", Expected: "the end of the file"}
	case !errors.Is(err, io.EOF):
		return broken(in.file, in.offset, "the end of an intact file", err)
	}
	return nil
}
