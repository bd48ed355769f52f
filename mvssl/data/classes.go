package data

import (
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

var classesFormat = Format{
	Name: "classes", Doc: "a folder with train/CLASS/*.{png,jpg,jpeg} and test/CLASS/ (images by class)",
	Match: func(p Place) bool { return p.File == "" && p.folder().has("train") },
	Load: func(ctx context.Context, p Place, o Options) (*Split, error) {
		return loadClasses(ctx, p.folder(), p.Name, o)
	},
}

// labeled is an image file and its class.
type labeled struct {
	file  string
	label int
}

// loadClasses loads a folder with train/CLASS/ and test/CLASS/, each class a folder
// of images. Classes are train's folders in the order of their names; images are in
// the order of their classes, then of their names. Names that begin with a dot, and files that are neither PNG nor JPEG by
// their names, are passed over.
func loadClasses(ctx context.Context, dir folder, name string, o Options) (*Split, error) {
	classes, trainFiles, err := dir.labeledImages("train", nil)
	if err != nil {
		return nil, err
	}
	if !dir.has("test") {
		return nil, missing(dir.path, "test")
	}
	_, testFiles, err := dir.labeledImages("test", classes)
	if err != nil {
		return nil, err
	}

	parts := []encoded{dir.encoded(Training, trainFiles), dir.encoded(Test, testFiles)}
	return loadEncoded(ctx, dir, name, classes, parts, o)
}

// encoded returns the part of a data set that image files of the folder are.
func (dir folder) encoded(part Part, files []labeled) encoded {
	p := encoded{part: part, n: len(files), labels: []int{}}
	for _, f := range files {
		p.files, p.labels = append(p.files, f.file), append(p.labels, f.label)
	}
	from := dir.unwatched() // they may be read when Load has long returned
	p.where = func(i int) string { return dir.file(p.files[i]) }
	p.open = func(i int) (io.ReadCloser, int64, error) {
		f, err := from.Open(p.files[i])
		if err != nil {
			return nil, 0, readError(dir.file(p.files[i]), err)
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, 0, readError(dir.file(p.files[i]), err)
		}
		return f, info.Size(), nil
	}
	return p
}

// labeledImages lists the class folders of a part and their images. If known is not
// nil, the classes must be among those.
func (dir folder) labeledImages(part string, known []string) (classes []string, files []labeled, err error) {
	entries, err := fs.ReadDir(dir, part)
	if err != nil {
		return nil, nil, readError(dir.file(part), err)
	}
	for _, e := range entries {
		class := path.Join(part, e.Name())
		if hidden(e) {
			continue
		}
		info, err := fs.Stat(dir, class)
		if err != nil { // a link to nowhere or to itself may stand for a class
			return nil, nil, readError(dir.file(class), err)
		}
		if !info.IsDir() {
			continue
		}
		label := len(classes)
		if known != nil {
			if label = slices.Index(known, e.Name()); label < 0 {
				return nil, nil, &FormatError{File: dir.file(class), Offset: -1, Found: "a class that has no training images", Expected: "one of train's classes"}
			}
		}
		classes = append(classes, e.Name())
		images, err := fs.ReadDir(dir, class)
		if err != nil {
			return nil, nil, readError(dir.file(class), err)
		}
		before := len(files)
		for _, e := range images {
			if !hidden(e) && isImage(e) {
				files = append(files, labeled{path.Join(class, e.Name()), label})
			}
		}
		if len(files) == before {
			return nil, nil, &FormatError{File: dir.file(class), Offset: -1, Found: "no image", Expected: "at least one .png, .jpg or .jpeg"}
		}
	}
	if len(classes) == 0 {
		return nil, nil, &FormatError{File: dir.file(part), Offset: -1, Found: "no folder", Expected: "one for each class"}
	}
	return classes, files, nil
}

// hidden reports whether a name is one that systems leave behind, like .DS_Store.
func hidden(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }

// isImage reports whether an entry is an image by its name. A pipe or a device of such a
// name is none that can be read, which decoding it will say.
func isImage(e fs.DirEntry) bool {
	if e.IsDir() {
		return false
	}
	switch strings.ToLower(path.Ext(e.Name())) {
	case ".png", ".jpg", ".jpeg":
		return true
	}
	return false
}
