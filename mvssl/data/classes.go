package data

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"entrec/mvssl/data/picture"
)

var classesFormat = Format{
	Name: "classes", Doc: "train/CLASS/ and test/CLASS/",
	Match: func(p Place) bool {
		train, _, _ := p.folder().parts()
		return p.File == "" && train != ""
	},
	Load: func(ctx context.Context, p Place, o Options) (*Split, error) {
		return loadClasses(ctx, p.folder(), p.Name, o)
	},
}

// imagesFormat is what a folder is that holds images and no other data set.
var imagesFormat = Format{
	Name: "images", Doc: "images, in folders by class or not",
	Match: func(p Place) bool { return p.File == "" && p.folder().holdsImages(".", maxNesting) }, Fallback: true,
	Load: func(ctx context.Context, p Place, o Options) (*Split, error) {
		return loadClasses(ctx, p.folder(), p.Name, o)
	},
}

// The names of the folders of training images, and of those that accuracies are of, in the
// order in which they are taken.
var (
	trainFolders = []string{"train", "training"}
	testFolders  = []string{"test", "testing", "val", "valid", "validation"}
)

// parts returns the names of the folders of training images and of test images, "" where
// there is none, and those of folders that would have been the test images without these.
func (dir folder) parts() (train, test string, others []string) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return "", "", nil
	}
	find := func(names []string) (found []string) {
		for _, name := range names {
			for _, e := range entries {
				if strings.EqualFold(e.Name(), name) {
					found = append(found, e.Name())
				}
			}
		}
		return found
	}
	if found := find(trainFolders); len(found) > 0 {
		train = found[0]
	}
	if found := find(testFolders); len(found) > 0 && train != "" {
		test, others = found[0], found[1:]
	}
	if train != "" && test == "" && dir.besides(train, entries) {
		return "", "", nil
	}
	return train, test, others
}

// besides reports whether a folder of images is one of several, so that its name is that of
// a class.
func (dir folder) besides(name string, entries []fs.DirEntry) bool {
	return dir.flat(name) && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() != name && !hidden(e) && e.IsDir() && dir.holdsImages(e.Name(), maxNesting)
	})
}

// flat reports whether there are images in a folder, and no folders.
func (dir folder) flat(name string) bool {
	s := &scan{dir: dir, left: map[string]int{}}
	folders, files, err := s.entries(name)
	return err == nil && len(files) > 0 && len(folders) == 0
}

// loadClasses loads a folder of images: with a folder of training images and one of test
// images, or without such parts training images alone. A part is a folder for each class, or
// images alone, which have no labels. Classes are the training part's folders in the order
// of their names; images are in the order of their classes, then of their folders, then of
// their names. Files that are no images are passed over and told of once.
func loadClasses(ctx context.Context, dir folder, name string, o Options) (*Split, error) {
	s := &scan{dir: dir, left: map[string]int{}}
	trainPart, testPart, others := dir.parts()
	if trainPart == "" {
		trainPart, testPart = ".", ""
	}
	train, err := s.part(trainPart)
	if err != nil {
		return nil, err
	}
	classes, err := s.classes(train, o)
	if err != nil {
		return nil, err
	}
	parts := []encoded{dir.encoded(Training, train, classes)}
	if testPart != "" {
		test, err := s.part(testPart)
		if err != nil {
			return nil, err
		}
		if classes != nil && test.classes == nil {
			o.noteUnlabeledTest(dir.file(testPart))
		} else {
			if err := s.known(testPart, test, classes); err != nil {
				return nil, err
			}
			parts = append(parts, dir.encoded(Test, test, classes))
		}
	}
	if trainPart != "." {
		s.tellBeside(o, slices.Concat([]string{trainPart, testPart}, others))
	}
	s.tell(o, others)
	return loadEncoded(ctx, dir, name, classes, parts, o)
}

// classes returns the training part's classes, nil where it has none. A class of which there
// is no image is an error, or left out with Options.SkipBad; where the classes' folders lie in
// no folder of training images, one without images is no class.
func (s *scan) classes(train *found, o Options) ([]string, error) {
	var classes []string
	for _, c := range train.classes {
		switch {
		case len(c.files) > 0:
			classes = append(classes, c.name)
		case train.root == ".": // as anything that lies there
		case o.SkipBad:
			o.note(fmt.Sprintf("%s: left out, for it holds no image", printableName(s.dir.file(path.Join(train.root, c.name)))))
		default:
			return nil, s.noImage(path.Join(train.root, c.name))
		}
	}
	return classes, nil
}

// known checks that a part's classes are among those, nil where labels are not wanted.
func (s *scan) known(root string, part *found, classes []string) error {
	for _, c := range part.classes {
		switch {
		case classes == nil:
		case !slices.Contains(classes, c.name):
			return &FormatError{File: s.dir.file(path.Join(root, c.name)), Offset: -1, Found: "a class that has no training images", Expected: "one of the training images' classes"}
		case len(c.files) == 0:
			return s.noImage(path.Join(root, c.name))
		}
	}
	return nil
}

func (s *scan) noImage(folder string) error {
	return &FormatError{File: s.dir.file(folder), Offset: -1, Found: "no image", Expected: "at least one: " + strings.Join(picture.Extensions(), ", ")}
}

// encoded returns the part of a data set that image files of the folder are. Without classes
// they have no labels.
func (dir folder) encoded(part Part, images *found, classes []string) encoded {
	p := encoded{part: part, folder: images.root, files: images.files}
	if classes != nil {
		p.labels = []int{}
	}
	for _, c := range images.classes {
		label := slices.Index(classes, c.name)
		p.files = append(p.files, c.files...)
		if classes != nil {
			p.labels = append(p.labels, slices.Repeat([]int{label}, len(c.files))...)
		}
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
