package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// tree is the files of an archive as a file system, so that an archive is loaded as a folder
// is. Folders are there by the names of the files.
type tree struct {
	members map[string]*member
	folders map[string][]fs.DirEntry // sorted; "." is the root
}

// member is a file of an archive.
type member struct {
	name string
	size int64
	open func() (io.ReadCloser, error)
}

// newTree returns a tree of members whose names are valid paths. The error names a member
// that stands twice, or as a file and a folder.
func newTree(members []*member) (*tree, error) {
	t := &tree{members: map[string]*member{}, folders: map[string][]fs.DirEntry{".": nil}}
	for _, m := range members {
		if t.members[m.name] != nil {
			return nil, fmt.Errorf("a second %s", printableName(m.name))
		}
		t.members[m.name] = m
	}
	for _, m := range members {
		for name, entry := m.name, fs.DirEntry(memberInfo{path.Base(m.name), m.size, 0}); name != "."; {
			dir := path.Dir(name)
			_, known := t.folders[dir]
			t.folders[dir] = append(t.folders[dir], entry)
			if known {
				break
			}
			if t.members[dir] != nil {
				return nil, fmt.Errorf("a file and a folder %s", printableName(dir))
			}
			name, entry = dir, memberInfo{path.Base(dir), 0, fs.ModeDir}
		}
	}
	for _, entries := range t.folders {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return t, nil
}

// Open opens a file or folder.
func (t *tree) Open(name string) (fs.File, error) {
	info, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	if entries, ok := t.folders[name]; ok {
		return &openFolder{info: info, left: entries}, nil
	}
	r, err := t.members[name].open()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return openMember{r, info}, nil
}

// Stat opens nothing.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	if m := t.members[name]; m != nil {
		return memberInfo{path.Base(name), m.size, 0}, nil
	}
	if _, ok := t.folders[name]; ok {
		return memberInfo{path.Base(name), 0, fs.ModeDir}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// memberInfo tells of a file or folder of an archive.
type memberInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i memberInfo) Name() string               { return i.name }
func (i memberInfo) Size() int64                { return i.size }
func (i memberInfo) Mode() fs.FileMode          { return i.mode | 0o444 }
func (i memberInfo) Type() fs.FileMode          { return i.mode }
func (i memberInfo) ModTime() time.Time         { return time.Time{} }
func (i memberInfo) IsDir() bool                { return i.mode.IsDir() }
func (i memberInfo) Sys() any                   { return nil }
func (i memberInfo) Info() (fs.FileInfo, error) { return i, nil }

// openMember is a file of an archive that is being read.
type openMember struct {
	io.ReadCloser
	info fs.FileInfo
}

func (m openMember) Stat() (fs.FileInfo, error) { return m.info, nil }

// openFolder is a folder of an archive that is being listed.
type openFolder struct {
	info fs.FileInfo
	left []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error)   { return 0, errors.New("is a folder") }

// ReadDir lists the next n entries, or if n is not positive all that are left.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.left) {
		if n > 0 && len(f.left) == 0 {
			return nil, io.EOF
		}
		n = len(f.left)
	}
	listed := f.left[:n:n]
	f.left = f.left[n:]
	return listed, nil
}

// sub is a folder of a file system, as what it is: see [disk] and [watched].
func sub(files fs.FS, name string) (fs.FS, error) {
	switch files := files.(type) {
	case watched:
		inner, err := sub(files.FS, name)
		files.FS = inner
		return files, err
	case disk:
		path, err := files.path("open", name)
		return disk(path), err
	case *tree:
		return subtree{files, name}, nil
	case subtree:
		return subtree{files.tree, path.Join(files.dir, name)}, nil
	}
	return fs.Sub(files, name)
}

// subtree is a folder of a tree, whose name need not be UTF-8, as [fs.Sub] wants it.
type subtree struct {
	tree *tree
	dir  string
}

// Open opens a file or folder.
func (s subtree) Open(name string) (fs.File, error) { return s.tree.Open(path.Join(s.dir, name)) }

// Stat opens nothing.
func (s subtree) Stat(name string) (fs.FileInfo, error) { return s.tree.Stat(path.Join(s.dir, name)) }
