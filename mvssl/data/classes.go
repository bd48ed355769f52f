package data

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

var classesFormat = Format{
	Name: "classes", Doc: "a folder with train/CLASS/*.{png,jpg,jpeg} and test/CLASS/ (images by class)",
	Match: func(p Place) bool { return p.File == "" && p.folder().has("train") },
	Load: func(ctx context.Context, p Place, o Options) (*Split, error) {
		return loadClasses(ctx, p.folder(), p.Name, o.SkipBad)
	},
}

// labeled is an image file and its class.
type labeled struct {
	file  string
	label int
}

// loadClasses loads a folder with train/CLASS/ and test/CLASS/, each class a folder
// of images. Classes are train's folders in the order of their names; images are in
// the order of their classes, then of their names, and must all have the size of the
// first. The data set is gray (one channel) if every pixel of every image is, else it
// has three. Names that begin with a dot, and files that are neither PNG nor JPEG by
// their names, are passed over.
func loadClasses(ctx context.Context, dir folder, name string, skipBad bool) (*Split, error) {
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

	l := &imageLoader{dir: dir, skipBad: skipBad, gray: true}
	if err := l.findSize(trainFiles, len(trainFiles)+len(testFiles)); err != nil {
		return nil, err
	}
	split := &Split{Train: &Dataset{}, Test: &Dataset{}}
	if err := l.load(ctx, split.Train, "train", trainFiles); err != nil {
		return nil, err
	}
	if err := l.load(ctx, split.Test, "test", testFiles); err != nil {
		return nil, err
	}
	for _, d := range []*Dataset{split.Train, split.Test} {
		d.Name, d.Classes = name, classes
		d.Channels, d.Height, d.Width = 3, l.size.Y, l.size.X
		if l.gray {
			d.dropColor()
		}
	}
	split.Skipped, split.SHA256 = l.skipped, filesSHA256(l.taken, classes)
	return split, nil
}

// dropColor keeps the first of each image's three equal channels.
func (d *Dataset) dropColor() {
	plane := d.Height * d.Width
	gray := make([]byte, 0, d.Len()*plane)
	for i := range d.Len() {
		gray = append(gray, d.Image(i)[:plane]...)
	}
	d.Channels, d.Pixels = 1, gray
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

// imageLoader holds what the two parts have in common.
type imageLoader struct {
	dir     folder
	skipBad bool
	size    image.Point // of the first image that can be read; zero before
	gray    bool        // all so far are
	skipped []string
	taken   []digested // all so far
}

// Images are decoded in runs of about so many bytes, in parallel within a run and
// joined in order after it.
const runBytes = 16 << 20

// load fills d with the images of files that can be read, three channels each.
func (l *imageLoader) load(ctx context.Context, d *Dataset, part string, files []labeled) error {
	size := 3 * l.size.X * l.size.Y
	if size > 0 {
		workers := runtime.GOMAXPROCS(0)
		run := runOf(size, len(files))
		d.Pixels = make([]byte, 0, size*len(files)) // once: what grows needs twice its memory
		pixels, results, done := make([]byte, run*size), make([]decoded, run), 0
		for chunk := range slices.Chunk(files, run) {
			g, ctx := errgroup.WithContext(ctx)
			for w := range workers {
				g.Go(func() error {
					scratch := image.NewRGBA(image.Rectangle{Max: l.size})
					for i := w; i < len(chunk); i += workers {
						if ctx.Err() != nil {
							return context.Cause(ctx)
						}
						results[i] = l.dir.decodeInto(pixels[i*size:(i+1)*size], chunk[i].file, scratch)
					}
					return nil
				})
			}
			if err := g.Wait(); err != nil {
				return err
			}
			done += len(chunk)
			l.dir.tell("decoding "+Part(part).Words()+" images", done, len(files))
			for i, r := range results[:len(chunk)] {
				if r.err != nil {
					if err := l.skip(chunk[i].file, r.err); err != nil {
						return err
					}
					continue
				}
				l.gray = l.gray && r.gray
				d.Pixels = append(d.Pixels, pixels[i*size:(i+1)*size]...)
				d.Labels = append(d.Labels, chunk[i].label)
				l.taken = append(l.taken, digested{chunk[i], r.content})
			}
		}
	}
	if d.Len() == 0 {
		return &FormatError{File: l.dir.file(part), Offset: -1, Found: fmt.Sprintf("%d images, none of them readable", len(files)), Expected: "at least one"}
	}
	return nil
}

// skip notes an unreadable file. If that is not wanted, or the trouble is a size that
// differs, it returns the error.
func (l *imageLoader) skip(file string, err error) error {
	if !l.skipBad || errors.Is(err, errSize) {
		return err
	}
	l.skipped = append(l.skipped, l.dir.file(file))
	return nil
}

// runOf is how many images of a size are decoded in a run, of n.
func runOf(size, n int) int { return min(max(runBytes/size, runtime.GOMAXPROCS(0)), n) }

// findSize takes the size of the first image that can be read, and the memory for count
// images, of which files are the first, and for the decoding of a run of them.
func (l *imageLoader) findSize(files []labeled, count int) error {
	for _, f := range files {
		im, _, err := l.dir.decode(f.file, image.Point{})
		if err == nil {
			l.size = im.Bounds().Size()
			size := 3 * l.size.X * l.size.Y
			// A decoded image has up to eight bytes a pixel, its copy four.
			decoding := int64(12*l.size.X*l.size.Y) * int64(runtime.GOMAXPROCS(0))
			return l.dir.room.take(l.dir.path, int64(size)*int64(count+runOf(size, count))+decoding)
		}
		if !l.skipBad {
			return err
		}
	}
	return nil
}
