package files

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens a regular file of at most limit bytes for reading; links are followed.
// Anything else (a folder, a pipe, a device) is refused without waiting for it. The
// error is that of the file system, or one line with path, found and expected.
func Open(path string, limit int64) (*os.File, int64, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for its writer
	if err != nil {
		return nil, 0, err
	}
	if err := regular(path, info, limit); err != nil {
		return nil, 0, err
	}
	f, err := openNow(path)
	if err != nil {
		return nil, 0, err
	}
	if info, err = f.Stat(); err == nil { // it may be another file by now
		err = regular(path, info, limit)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// Read returns the content of a regular file of at most limit bytes, read with the same
// care as by [Open].
func Read(path string, limit int64) ([]byte, error) {
	f, size, err := Open(path, limit)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// A sparse file claims bytes that nobody wrote: the buffer grows with what is read.
	content := make([]byte, 0, min(size, 1<<20)+1)
	for {
		n, err := f.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		if err == io.EOF {
			return content, nil
		}
		if err != nil {
			return nil, err
		}
		if int64(len(content)) > limit {
			return nil, tooLarge(path, int64(len(content)), limit)
		}
		if len(content) == cap(content) {
			content = append(content, 0)[:len(content)]
		}
	}
}

func regular(path string, info fs.FileInfo, limit int64) error {
	if mode := info.Mode(); !mode.IsRegular() {
		return fmt.Errorf("%s: found %s, expected a regular file", path, kind(mode))
	}
	if size := info.Size(); size > limit {
		return tooLarge(path, size, limit)
	}
	return nil
}

func tooLarge(path string, size, limit int64) error {
	return fmt.Errorf("%s: found %d bytes, expected at most %d", path, size, limit)
}

// kind names what a file is that is not regular.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
