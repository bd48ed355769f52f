package data

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// IDX (http://yann.lecun.com/exdb/mnist/): two zero bytes, a type byte, the number
// of dimensions, their sizes as big-endian 32-bit numbers, then the data, row-major.
const (
	idxUnsignedByte = 0x08
	idxTrain        = "train"
	idxTest         = "t10k"
	idxImages       = "-images-idx3-ubyte"
	idxLabels       = "-labels-idx1-ubyte"
)

var idxFormat = Format{
	Name: "idx", Doc: "a folder with train-images-idx3-ubyte[.gz] and its companions (IDX)",
	Match: func(p Place) bool { return p.File == "" && p.folder().hasIDX() },
	Load: func(ctx context.Context, p Place, _ Options) (*Split, error) {
		return loadIDX(ctx, p.folder(), p.Name, nil)
	},
}

// idxFile is the name under which the folder holds an IDX file: as it is, or with .gz.
func (dir folder) idxFile(name string) (string, bool) {
	for _, name := range []string{name, name + ".gz"} {
		if dir.has(name) {
			return name, true
		}
	}
	return "", false
}

// hasIDX reports whether the folder holds any of the four files.
func (dir folder) hasIDX() bool {
	return slices.ContainsFunc([]string{idxTrain + idxImages, idxTrain + idxLabels, idxTest + idxImages, idxTest + idxLabels}, func(name string) bool {
		_, ok := dir.idxFile(name)
		return ok
	})
}

// loadIDX loads a folder of MNIST's four files, plain or .gz. Without classes they
// are named by number, from 0 to the largest label.
func loadIDX(ctx context.Context, dir folder, name string, classes []string) (*Split, error) {
	maxLabel := math.MaxUint8
	if classes != nil {
		maxLabel = len(classes) - 1
	}
	train, err := dir.idxSplit(ctx, idxTrain, maxLabel)
	if err != nil {
		return nil, err
	}
	test, err := dir.idxSplit(ctx, idxTest, maxLabel)
	if err != nil {
		return nil, err
	}
	if test.Height != train.Height || test.Width != train.Width {
		return nil, &FormatError{
			File: dir.file(idxTest + idxImages), Offset: 8,
			Found:    fmt.Sprintf("images of %d×%d", test.Height, test.Width),
			Expected: fmt.Sprintf("%d×%d, as the training images are", train.Height, train.Width),
		}
	}
	if classes == nil {
		for i := range max(slices.Max(train.Labels), slices.Max(test.Labels)) + 1 {
			classes = append(classes, strconv.Itoa(i))
		}
	}
	for _, d := range []*Dataset{train, test} {
		d.Name, d.Classes = name, classes
	}
	return &Split{Train: train, Test: test}, nil
}

// idxSplit loads the images and labels whose names begin with prefix.
func (dir folder) idxSplit(ctx context.Context, prefix string, maxLabel int) (*Dataset, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	images, err := dir.idx(prefix+idxImages, 3)
	if err != nil {
		return nil, err
	}
	labels, err := dir.idx(prefix+idxLabels, 1)
	if err != nil {
		return nil, err
	}
	n := images.sizes[0]
	if labels.sizes[0] != n {
		return nil, &FormatError{
			File: labels.file, Offset: 4,
			Found:    fmt.Sprintf("%d labels", labels.sizes[0]),
			Expected: fmt.Sprintf("%d, one for each image of %s", n, images.file),
		}
	}
	const perLabel = strconv.IntSize / 8
	if err := dir.room.take(labels.file, perLabel*int64(n)); err != nil {
		return nil, err
	}
	d := &Dataset{Channels: 1, Height: images.sizes[1], Width: images.sizes[2], Pixels: images.data, Labels: make([]int, n)}
	for i, label := range labels.data {
		if int(label) > maxLabel {
			return nil, &FormatError{
				File: labels.file, Offset: int64(8 + i),
				Found:    fmt.Sprintf("label %d of image %d", label, i),
				Expected: fmt.Sprintf("a label of 0 to %d", maxLabel),
			}
		}
		d.Labels[i] = int(label)
	}
	return d, nil
}

// idxArray is the content of an IDX file of unsigned bytes.
type idxArray struct {
	file  string
	sizes []int
	data  []byte
}

// idx reads an IDX file of the folder that has dims dimensions.
func (dir folder) idx(name string, dims int) (*idxArray, error) {
	actual, ok := dir.idxFile(name)
	if !ok {
		return nil, missing(dir.path, name+" or "+name+".gz")
	}
	in, err := dir.open(actual)
	if err != nil {
		return nil, err
	}
	defer in.close()
	return in.idx(dims)
}

// idx reads an IDX array of unsigned bytes with dims dimensions, none of them empty.
func (in *input) idx(dims int) (*idxArray, error) {
	header := make([]byte, 4+4*dims)
	if err := in.readFull(header, fmt.Sprintf("a header of %d bytes", len(header))); err != nil {
		return nil, err
	}
	magic := uint32(idxUnsignedByte<<8 | dims)
	if got := binary.BigEndian.Uint32(header); got != magic {
		return nil, &FormatError{
			File: in.file, Offset: 0, Found: fmt.Sprintf("magic number 0x%08x", got),
			Expected: fmt.Sprintf("0x%08x, IDX of unsigned bytes in %d dimensions", magic, dims),
		}
	}
	sizes, shape := make([]int, dims), make([]string, dims)
	room := in.size - in.offset
	total := int64(1)
	for i := range sizes {
		at := 4 + 4*i
		size := int64(binary.BigEndian.Uint32(header[at:]))
		if size == 0 {
			return nil, &FormatError{File: in.file, Offset: int64(at), Found: "a dimension of size 0", Expected: "a size of at least 1"}
		}
		if total > room/size {
			return nil, &FormatError{
				File: in.file, Offset: int64(at), Found: fmt.Sprintf("a dimension of size %d", size),
				Expected: "no more data than " + in.capacity(room),
			}
		}
		total *= size
		sizes[i], shape[i] = int(size), strconv.FormatInt(size, 10)
	}
	if in.exact && total != room {
		return nil, &FormatError{
			File: in.file, Offset: in.offset, Found: fmt.Sprintf("%d bytes of data", room),
			Expected: fmt.Sprintf("%d (%s), as the header says", total, strings.Join(shape, "×")),
		}
	}
	if err := in.room.take(in.file, total); err != nil {
		return nil, err
	}
	data, err := in.take(total, fmt.Sprintf("%d bytes of data (%s), as the header says", total, strings.Join(shape, "×")))
	if err != nil {
		return nil, err
	}
	return &idxArray{in.file, sizes, data}, in.end()
}

// capacity words how much data there can be after the header.
func (in *input) capacity(room int64) string {
	if in.exact {
		return fmt.Sprintf("the %d bytes after the header", room)
	}
	return fmt.Sprintf("the compressed file can hold (at most %d bytes)", room)
}
