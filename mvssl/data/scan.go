package data

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"entrec/mvssl/data/picture"
)

// maxNesting is how deep folders of images may be nested.
const maxNesting = 32

// scan looks for images in a folder.
type scan struct {
	dir   folder
	left  map[string]int // files that are no images, by the endings of their names
	first string         // of these
	loose int            // images beside folders of classes
	stray string         // the first of these
}

// found are the images of a part: in classes, or by themselves.
type found struct {
	root    string
	classes []class
	files   []string
}

// class is a folder of images.
type class struct {
	name  string
	files []string
}

// part returns the images below a folder, by the folders in it or, where none of them holds
// any, those in it. A part without images is an error.
func (s *scan) part(root string) (*found, error) {
	f := &found{root: root}
	info, err := fs.Stat(s.dir, root)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: root, Err: fmt.Errorf("found a file, expected a folder")}
	}
	if err != nil {
		return nil, readError(s.dir.file(root), err)
	}
	folders, files, err := s.entries(root)
	if err != nil {
		return nil, err
	}
	inClasses := 0
	for _, e := range folders {
		var nested []nestedFile
		if err := s.images(&nested, path.Join(root, e.name), []fs.FileInfo{info, e.info}); err != nil {
			return nil, err
		}
		slices.SortFunc(nested, func(a, b nestedFile) int { return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.name, b.name)) })
		c := class{name: e.name}
		for _, n := range nested {
			c.files = append(c.files, path.Join(n.folder, n.name))
		}
		f.classes, inClasses = append(f.classes, c), inClasses+len(c.files)
	}
	switch {
	case inClasses > 0:
		if s.loose += len(files); len(files) > 0 {
			s.stray = cmp.Or(s.stray, path.Join(root, files[0]))
		}
	case len(files) > 0:
		f.classes = nil
		for _, name := range files {
			f.files = append(f.files, path.Join(root, name))
		}
	default:
		return nil, s.noImage(root)
	}
	return f, nil
}

// nestedFile is a file in a folder.
type nestedFile struct{ folder, name string }

// images adds the images in a folder and all folders below it. above are the folders from
// the part's on, in none of which a link ends.
func (s *scan) images(to *[]nestedFile, dir string, above []fs.FileInfo) error {
	if len(above) > maxNesting {
		return &FormatError{File: s.dir.file(dir), Offset: -1, Found: fmt.Sprintf("folders that are nested more than %d deep", maxNesting), Expected: "images in fewer"}
	}
	folders, files, err := s.entries(dir)
	if err != nil {
		return err
	}
	for _, name := range files {
		*to = append(*to, nestedFile{dir, name})
	}
	for _, e := range folders {
		if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, e.info) }) {
			continue // a link that leads back
		}
		if err := s.images(to, path.Join(dir, e.name), append(slices.Clip(above), e.info)); err != nil {
			return err
		}
	}
	return nil
}

// subfolder is a folder in another.
type subfolder struct {
	name string
	info fs.FileInfo
}

// entries lists the folders and the images in a folder.
func (s *scan) entries(dir string) (folders []subfolder, files []string, err error) {
	entries, err := fs.ReadDir(s.dir, dir)
	if err != nil {
		return nil, nil, readError(s.dir.file(dir), err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if hidden(e) {
			continue
		}
		if !e.Type().IsRegular() || !picture.Named(name) {
			info, err := fs.Stat(s.dir, name)
			switch {
			case err != nil && !picture.Named(name): // a link to nowhere or to itself may stand for a class
				return nil, nil, readError(s.dir.file(name), err)
			case err == nil && info.IsDir():
				folders = append(folders, subfolder{e.Name(), info})
				continue
			}
		}
		if picture.Named(name) || s.dir.isImage(name) {
			files = append(files, e.Name())
			continue
		}
		s.left[strings.ToLower(path.Ext(name))]++
		s.first = cmp.Or(s.first, name)
	}
	return folders, files, nil
}

// isImage reports whether a file is an image by how it begins.
func (dir folder) isImage(name string) bool {
	f, err := dir.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	_, err = picture.ReadHeader(f, info.Size())
	return err == nil
}

// holdsImages reports whether there is an image, by its name or by how it begins, in a
// folder or so deep below it.
func (dir folder) holdsImages(name string, depth int) bool {
	s := &scan{dir: dir, left: map[string]int{}}
	folders, files, err := s.entries(name)
	if err != nil || len(files) > 0 || depth == 0 {
		return err == nil && len(files) > 0
	}
	return slices.ContainsFunc(folders, func(e subfolder) bool { return dir.holdsImages(path.Join(name, e.name), depth-1) })
}

// tellBeside tells of folders of images, and of images, that lie beside the parts.
func (s *scan) tellBeside(o Options, parts []string) {
	folders, files, err := s.entries(".")
	if err != nil {
		return // the parts were read
	}
	var beside []string
	for _, e := range folders {
		if !slices.Contains(parts, e.name) && s.dir.holdsImages(e.name, maxNesting) {
			beside = append(beside, printableName(e.name))
		}
	}
	if n := len(beside); n > 0 {
		o.note(fmt.Sprintf("%s: left out the images in %s, beside %s", printableName(s.dir.path), listed(limited(beside), n), printableName(parts[0])))
	}
	if s.loose += len(files); len(files) > 0 {
		s.stray = cmp.Or(s.stray, files[0])
	}
}

// tell tells of what is passed over, once.
func (s *scan) tell(o Options, others []string) {
	for _, name := range others {
		o.note(fmt.Sprintf("%s: left out, for there is another part for accuracies", printableName(s.dir.file(name))))
	}
	if s.loose > 0 {
		o.note(fmt.Sprintf("%s: left out %d images beside folders of images, the first %s", printableName(s.dir.path), s.loose, printableName(s.stray)))
	}
	if len(s.left) == 0 {
		return
	}
	total := 0
	var kinds []string
	for _, ext := range slices.SortedFunc(maps.Keys(s.left), func(a, b string) int { return cmp.Or(s.left[b]-s.left[a], cmp.Compare(a, b)) }) {
		total += s.left[ext]
		kinds = append(kinds, fmt.Sprintf("%d %s", s.left[ext], printableName(cmp.Or(ext, "without an ending"))))
	}
	const shown = 4
	if len(kinds) > shown {
		kinds = append(kinds[:shown], "others")
	}
	o.note(fmt.Sprintf("%s: left out %d files that are no images (%s), the first %s", printableName(s.dir.path), total, strings.Join(kinds, ", "), printableName(s.first)))
}

// hidden reports whether a name is one that systems leave behind, like .DS_Store.
func hidden(e fs.DirEntry) bool {
	switch strings.ToLower(e.Name()) {
	case "thumbs.db", "desktop.ini", "__macosx":
		return true
	}
	return strings.HasPrefix(e.Name(), ".")
}
