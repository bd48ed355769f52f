package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"codeberg.org/sbinet/npyio/npy"
)

// NumPy's arrays (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html):
// of images, unsigned bytes of shape (N, H, W), (N, H, W, C) or (N, C, H, W), where C is 1
// or 3; of labels, integers of shape (N) or (N, 1).
const (
	npyMagic = "\x93NUMPY"
	// maxNpyHeader is the longest header that is read.
	maxNpyHeader = 1 << 16
	// maxArrayClasses bounds labels.
	maxArrayClasses = 1 << 16
)

// npyKeys are the names of a part's images and labels, in lower case, in the order in which
// they are looked for.
var npyKeys = map[Part][][2]string{
	Training: {
		{"train_images", "train_labels"}, {"x_train", "y_train"}, {"train_x", "train_y"}, {"train_data", "train_labels"},
		{"images", "labels"}, {"image", "label"}, {"x", "y"}, {"data", "labels"}, {"arr_0", "arr_1"},
	},
	Test:       {{"test_images", "test_labels"}, {"x_test", "y_test"}, {"test_x", "test_y"}, {"test_data", "test_labels"}},
	Validation: {{"val_images", "val_labels"}, {"x_val", "y_val"}, {"val_x", "val_y"}, {"x_valid", "y_valid"}, {"val_data", "val_labels"}},
}

var npzFormat = Format{
	Name: "npz", Doc: ".npz (MedMNIST)",
	Match: func(p Place) bool {
		if p.File == "" || !bytes.HasPrefix(p.Head, zipMagics[0]) || len(p.Head) < 30 {
			return false
		}
		name := p.Head[30:min(len(p.Head), 30+int(binary.LittleEndian.Uint16(p.Head[26:])))]
		return bytes.HasSuffix(name, []byte(".npy"))
	},
	Load: func(ctx context.Context, p Place, o Options) (*Split, error) {
		f, err := p.openAt()
		if err != nil {
			return nil, err
		}
		defer f.close()
		members, err := f.zipMembers(ctx)
		if err != nil {
			return nil, err
		}
		files, err := newTree(members)
		if err != nil {
			return nil, &FormatError{File: p.Path, Offset: -1, Found: err.Error(), Expected: "each array once"}
		}
		inside := folder{watch(ctx, files, o), p.Path + archiveMark, p.room}
		return inside.loadArrays(ctx, p.Name, o)
	},
}

var npyFormat = Format{
	Name: "npy", Doc: ".npy",
	Match: func(p Place) bool {
		if p.File != "" {
			return bytes.HasPrefix(p.Head, []byte(npyMagic))
		}
		_, found := pick(p.folder().arrayFiles(), Training)
		return found
	},
	Load: func(ctx context.Context, p Place, o Options) (*Split, error) {
		if p.File == "" {
			return p.folder().loadArrays(ctx, p.Name, o)
		}
		p.Path = strings.TrimSuffix(p.Path, p.File)
		d, err := p.folder().arrayImages(ctx, p.File)
		if err != nil {
			return nil, err
		}
		d.Name = p.Name
		return &Split{Train: d}, nil
	},
}

// arrayFiles are the folder's .npy files by their names in lower case, without the ending.
func (dir folder) arrayFiles() map[string]string {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil
	}
	files := map[string]string{}
	for _, e := range entries {
		if path.Ext(e.Name()) == ".npy" && !e.IsDir() {
			files[strings.ToLower(strings.TrimSuffix(e.Name(), ".npy"))] = e.Name()
		}
	}
	return files
}

// pick is the files of a part's images and labels, "" where there are none.
func pick(files map[string]string, part Part) (names [2]string, found bool) {
	for _, keys := range npyKeys[part] {
		if files[keys[0]] != "" {
			return [2]string{files[keys[0]], files[keys[1]]}, true
		}
	}
	return names, false
}

// loadArrays loads the folder's arrays. The validation part stands for the test part where
// there is none, and is left out where there is.
func (dir folder) loadArrays(ctx context.Context, name string, o Options) (*Split, error) {
	files := dir.arrayFiles()
	train, found := pick(files, Training)
	if !found {
		return nil, &FormatError{
			File: dir.path, Offset: -1, Found: "arrays " + listed(limited(slices.Sorted(maps.Keys(files))), len(files)),
			Expected: "train_images and train_labels, x_train and y_train, or images and labels",
		}
	}
	split := &Split{}
	var err error
	if split.Train, err = dir.arrayPart(ctx, name, train, o); err != nil {
		return nil, err
	}
	test, found := pick(files, Test)
	if val, ok := pick(files, Validation); ok && !found {
		test, found = val, true
	} else if ok {
		o.note(fmt.Sprintf("%s: left out %s, since there is %s", printableName(dir.path), printableName(val[0]), printableName(test[0])))
	}
	if found {
		if split.Test, err = dir.arrayPart(ctx, name, test, o); err != nil {
			return nil, err
		}
		if err := dir.sameShape(split, test[0]); err != nil {
			return nil, err
		}
		switch {
		case split.Train.Labels == nil:
			split.Test.Labels = nil // of what there is nothing to learn
		case split.Test.Labels == nil:
			o.noteUnlabeledTest(dir.file(test[0]))
			split.Test = nil
		}
	}
	if split.Train.Labels != nil {
		split.name(numberNames(split.largestLabel() + 1))
	}
	return split, nil
}

// limited is at most as many names as a message shows.
func limited(names []string) []string { return names[:min(shown, len(names))] }

// sameShape reports a test part that differs from the training part in shape.
func (dir folder) sameShape(s *Split, file string) error {
	a, b := s.Train, s.Test
	if a.Channels != b.Channels || a.Height != b.Height || a.Width != b.Width {
		return &FormatError{
			File: dir.file(file), Offset: -1, Found: fmt.Sprintf("images of %d×%d×%d", b.Channels, b.Height, b.Width),
			Expected: fmt.Sprintf("%d×%d×%d, as the training images are", a.Channels, a.Height, a.Width),
		}
	}
	return nil
}

// arrayPart loads images and, if there are any, their labels.
func (dir folder) arrayPart(ctx context.Context, name string, files [2]string, o Options) (*Dataset, error) {
	d, err := dir.arrayImages(ctx, files[0])
	if err != nil {
		return nil, err
	}
	d.Name = name
	if files[1] == "" {
		return d, nil
	}
	d.Labels, err = dir.arrayLabels(files[1], len(d.Pixels)/(d.Channels*d.Height*d.Width), o)
	return d, err
}

// npyArray is an array whose content is still to be read.
type npyArray struct {
	*input
	shape []int
	dtype string
	elems int64 // how many
	// columns is set where the first index changes fastest (fortran_order), not the last.
	columns bool
}

// openArray reads an array's header, and holds the shape against the size of the file.
func (dir folder) openArray(file string) (_ *npyArray, err error) {
	in, err := dir.open(file)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			in.close()
		}
	}()
	return in.array()
}

// array reads a header.
func (in *input) array() (*npyArray, error) {
	header, err := in.npyHeader()
	if err != nil {
		return nil, err
	}
	parsed, err := parseNpy(header)
	if err != nil {
		return nil, &FormatError{File: in.file, Offset: 0, Found: fmt.Sprintf("an unreadable header (%v)", err), Expected: "a NumPy array", Err: err}
	}
	a := &npyArray{input: in, shape: parsed.Descr.Shape, dtype: strings.Trim(parsed.Descr.Type, "'"), elems: 1}
	for _, n := range a.shape {
		if n < 1 || a.elems > in.size/int64(n) {
			return nil, &FormatError{File: in.file, Offset: 0, Found: fmt.Sprintf("shape %v in %d bytes", a.shape, in.size), Expected: "as many elements as the file has, at least one"}
		}
		a.elems *= int64(n)
	}
	a.columns = parsed.Descr.Fortran && len(a.shape) > 1
	return a, nil
}

// npyHeader returns an array's header as version 2 has it, which is read by now.
func (in *input) npyHeader() ([]byte, error) {
	begin := make([]byte, 10)
	if err := in.readFull(begin, "a NumPy array"); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(begin, []byte(npyMagic)) || begin[6] < 1 || begin[6] > 3 {
		return nil, &FormatError{File: in.file, Offset: 0, Found: fmt.Sprintf("%q", begin[:8]), Expected: "a NumPy array of version 1 to 3"}
	}
	length := int64(binary.LittleEndian.Uint16(begin[8:]))
	if begin[6] > 1 {
		rest := make([]byte, 2)
		if err := in.readFull(rest, "a NumPy array"); err != nil {
			return nil, err
		}
		length |= int64(binary.LittleEndian.Uint16(rest)) << 16
	}
	if length > maxNpyHeader {
		return nil, &FormatError{File: in.file, Offset: 8, Found: fmt.Sprintf("a header of %d bytes", length), Expected: fmt.Sprintf("at most %d", maxNpyHeader)}
	}
	header := append([]byte(npyMagic+"\x02\x00"), binary.LittleEndian.AppendUint32(nil, uint32(length))...)
	rest := make([]byte, length)
	if err := in.readFull(rest, fmt.Sprintf("a header of %d bytes", length)); err != nil {
		return nil, err
	}
	return append(header, rest...), nil
}

// parseNpy parses a header.
func parseNpy(header []byte) (h npy.Header, err error) {
	defer func() { // what is no dictionary as NumPy writes it
		if recover() != nil {
			err = errors.New("no dictionary of descr, fortran_order and shape")
		}
	}()
	r, err := npy.NewReader(bytes.NewReader(header))
	if err != nil {
		return h, err
	}
	return r.Header, nil
}

// arrayImages loads an array of images, channels first.
func (dir folder) arrayImages(ctx context.Context, file string) (*Dataset, error) {
	a, err := dir.openArray(file)
	if err != nil {
		return nil, err
	}
	defer a.close()
	d, last, ok := shapeOf(a.shape)
	if !ok || a.dtype != "|u1" {
		return nil, &FormatError{
			File: a.file, Offset: 0, Found: fmt.Sprintf("an array %s of shape %v", a.dtype, a.shape),
			Expected: "images as |u1 (uint8) of shape (N, H, W), (N, H, W, 3) or (N, 3, H, W)",
		}
	}
	if err := a.fits(1); err != nil {
		return nil, err
	}
	if err := a.room.take(a.file, a.elems); err != nil {
		return nil, err
	}
	whole := d.Channels == 1 || !last // as it is kept
	read := func(pixels []byte) error { return a.readFull(pixels, "pixels") }
	if whole || a.columns {
		all, err := a.take(a.elems, "pixels")
		if err != nil {
			return nil, err
		}
		if a.columns {
			if err := a.room.take(a.file, a.elems); err != nil {
				return nil, err
			}
			all = rowMajor(all, a.shape)
		}
		if whole {
			d.Pixels = all
			return d, a.end()
		}
		read = func(pixels []byte) error { all = all[copy(pixels, all):]; return nil }
	}
	plane := d.Height * d.Width
	buf := make([]byte, d.Channels*plane)
	for range a.shape[0] {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := read(buf); err != nil {
			return nil, err
		}
		for c := range d.Channels {
			for i := range plane {
				d.Pixels = append(d.Pixels, buf[i*d.Channels+c])
			}
		}
	}
	return d, a.end()
}

// rowMajor returns an array whose first index changes fastest with the last one fastest.
func rowMajor(columns []byte, shape []int) []byte {
	rows, at := make([]byte, 0, len(columns)), make([]int, len(shape))
	for range columns {
		from := 0
		for i := len(shape) - 1; i >= 0; i-- {
			from = from*shape[i] + at[i]
		}
		rows = append(rows, columns[from])
		for i := len(shape) - 1; i >= 0; i-- {
			if at[i]++; at[i] < shape[i] {
				break
			}
			at[i] = 0
		}
	}
	return rows
}

// shapeOf is the shape of an array of images, and whether the channels stand last.
func shapeOf(shape []int) (d *Dataset, last, ok bool) {
	channels := func(n int) bool { return n == 1 || n == 3 }
	switch {
	case len(shape) == 3:
		return &Dataset{Channels: 1, Height: shape[1], Width: shape[2]}, false, true
	case len(shape) == 4 && channels(shape[3]):
		return &Dataset{Channels: shape[3], Height: shape[1], Width: shape[2]}, true, true
	case len(shape) == 4 && channels(shape[1]):
		return &Dataset{Channels: shape[1], Height: shape[2], Width: shape[3]}, false, true
	}
	return nil, false, false
}

// fits holds the content's size against the file's, of elements of so many bytes.
func (a *npyArray) fits(bytes int64) error {
	if left := a.size - a.offset; a.elems*bytes > left || a.exact && a.elems*bytes != left {
		return &FormatError{
			File: a.file, Offset: a.offset, Found: fmt.Sprintf("%d bytes of data", left),
			Expected: fmt.Sprintf("%d (%v of %d), as the header says", a.elems*bytes, a.shape, bytes),
		}
	}
	return nil
}

// intBytes are the types of labels, and their size.
var intBytes = map[string]int{"u1": 1, "i1": 1, "u2": 2, "i2": 2, "u4": 4, "i4": 4, "u8": 8, "i8": 8}

// arrayLabels loads n labels, or none where there are several of an image.
func (dir folder) arrayLabels(file string, n int, o Options) ([]int, error) {
	a, err := dir.openArray(file)
	if err != nil {
		return nil, err
	}
	defer a.close()
	wrong := func(at int64, found, expected string) error {
		return &FormatError{File: a.file, Offset: at, Found: found, Expected: expected}
	}
	size := intBytes[strings.TrimLeft(a.dtype, "|<>=")]
	if size == 0 || len(a.shape) == 0 || len(a.shape) > 2 {
		return nil, wrong(0, fmt.Sprintf("an array %s of shape %v", a.dtype, a.shape), "labels as integers of shape (N) or (N, 1)")
	}
	if a.shape[0] != n {
		return nil, wrong(0, fmt.Sprintf("%d labels", a.shape[0]), fmt.Sprintf("%d, one for each image", n))
	}
	if err := a.fits(int64(size)); err != nil {
		return nil, err
	}
	if len(a.shape) == 2 && a.shape[1] != 1 {
		o.note(fmt.Sprintf("%s: left out the labels, which are %d of each image, not one", printableName(a.file), a.shape[1]))
		return nil, nil
	}
	if err := a.room.take(a.file, 8*int64(n)); err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if strings.HasPrefix(a.dtype, ">") {
		order = binary.BigEndian
	}
	labels, buf, without := make([]int, n), make([]byte, size), false
	for i := range labels {
		at := a.offset
		if err := a.readFull(buf, "labels"); err != nil {
			return nil, err
		}
		v := integer(buf, order, strings.Contains(a.dtype, "i"))
		if v < -1 || v >= maxArrayClasses {
			return nil, wrong(at, fmt.Sprintf("label %d of image %d", v, i), fmt.Sprintf("a label of 0 to %d, or −1 for none", maxArrayClasses-1))
		}
		labels[i], without = int(v), without || v < 0
	}
	if without {
		o.note(fmt.Sprintf("%s: left out the labels, of which some are −1", printableName(a.file)))
		return nil, a.end()
	}
	return labels, a.end()
}

// integer is a number of 1, 2, 4 or 8 bytes; of those that are too large, the largest.
func integer(b []byte, order binary.ByteOrder, signed bool) int64 {
	var v uint64
	switch len(b) {
	case 1:
		v = uint64(b[0])
	case 2:
		v = uint64(order.Uint16(b))
	case 4:
		v = uint64(order.Uint32(b))
	default:
		v = order.Uint64(b)
	}
	if shift := 64 - 8*len(b); signed {
		return int64(v<<shift) >> shift
	}
	return int64(min(v, math.MaxInt64))
}
