package data

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// IDX (http://yann.lecun.com/exdb/mnist/): two zero bytes, a type byte, the number
// of dimensions, their sizes as big-endian 32-bit numbers, then the data, row-major.
const (
	idxUnsignedByte = 0x08
	idxTrain        = "train"
)

// idxName is what IDX files are called: a prefix where a folder holds several sets, as
// EMNIST's does; the part; what the file holds. Some have a dot for the last hyphen.
var idxName = regexp.MustCompile(`^(?:(.+)-)?(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(?:\.gz)?$`)

// idxSet is the names of a set's files: by part (train or test), then by what they hold.
type idxSet map[string]map[string]string

var idxFormat = Format{
	Name: "idx", Doc: "train-images-idx3-ubyte (IDX)",
	Choices: true,
	Match: func(p Place) bool {
		if p.File != "" {
			return false
		}
		sets, err := p.folder().idxSets()
		return err == nil && len(sets) > 0
	},
	Load: func(ctx context.Context, p Place, _ Options) (*Split, error) {
		return p.loadIDX(ctx, nil)
	},
}

// idxSets are the folder's sets by their prefixes. Of a file that is there plain and as .gz
// the plain one is taken.
func (dir folder) idxSets() (map[string]idxSet, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, readError(dir.path, err)
	}
	sets := map[string]idxSet{}
	for _, e := range entries { // sorted: NAME before NAME.gz
		m := idxName.FindStringSubmatch(e.Name())
		if m == nil || e.IsDir() {
			continue
		}
		prefix, part, holds := m[1], m[2], m[3]
		if part != idxTrain {
			part = string(Test)
		}
		if sets[prefix] == nil {
			sets[prefix] = idxSet{idxTrain: {}, string(Test): {}}
		}
		if _, ok := sets[prefix][part][holds]; !ok {
			sets[prefix][part][holds] = e.Name()
		}
	}
	return sets, nil
}

// chosenIDX is the set that is chosen or the only one.
func (p Place) chosenIDX() (idxSet, error) {
	sets, err := p.folder().idxSets()
	if err != nil {
		return nil, err
	}
	prefixes := slices.Sorted(maps.Keys(sets))
	for _, prefix := range prefixes {
		if len(prefixes) == 1 && p.Choice == "" || p.Choice != "" && (prefix == p.Choice || strings.HasSuffix(prefix, "-"+p.Choice)) {
			return sets[prefix], nil
		}
	}
	return nil, p.noChoice(prefixes)
}

// loadIDX loads a folder of MNIST's four files, plain or .gz, or of the two that are for
// training. Without classes they are named by number, from 0 to the largest label.
func (p Place) loadIDX(ctx context.Context, classes []string) (*Split, error) {
	set, err := p.chosenIDX()
	if err != nil {
		return nil, err
	}
	dir, maxLabel := p.folder(), math.MaxUint8
	if classes != nil {
		maxLabel = len(classes) - 1
	}
	split := &Split{}
	if split.Train, err = dir.idxPart(ctx, set, idxTrain, maxLabel); err != nil {
		return nil, err
	}
	if len(set[string(Test)]) > 0 {
		if split.Test, err = dir.idxPart(ctx, set, string(Test), maxLabel); err != nil {
			return nil, err
		}
	}
	if test, train := split.Test, split.Train; test != nil && (test.Height != train.Height || test.Width != train.Width) {
		return nil, &FormatError{
			File: dir.file(set[string(Test)]["images"]), Offset: 8,
			Found:    fmt.Sprintf("images of %d×%d", test.Height, test.Width),
			Expected: fmt.Sprintf("%d×%d, as the training images are", train.Height, train.Width),
		}
	}
	if classes == nil {
		classes = numberNames(split.largestLabel() + 1)
	}
	split.Train.Name = p.Name
	if split.Test != nil {
		split.Test.Name = p.Name
	}
	split.name(classes)
	return split, nil
}

// largestLabel is the largest label of both parts.
func (s *Split) largestLabel() int {
	largest := slices.Max(s.Train.Labels)
	if s.Test != nil {
		largest = max(largest, slices.Max(s.Test.Labels))
	}
	return largest
}

// idxPart loads the images and labels of a part.
func (dir folder) idxPart(ctx context.Context, set idxSet, part string, maxLabel int) (*Dataset, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, holds := range []string{"images", "labels"} {
		if set[part][holds] == "" {
			dims := map[string]int{"images": 3, "labels": 1}[holds]
			name := fmt.Sprintf("%s-%s-idx%d-ubyte", part, holds, dims)
			return nil, missing(dir.path, name+" or "+name+".gz")
		}
	}
	images, err := dir.idx(set[part]["images"], 3)
	if err != nil {
		return nil, err
	}
	labels, err := dir.idx(set[part]["labels"], 1)
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
	in, err := dir.open(name)
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
