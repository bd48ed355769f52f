package data

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): a
// record is a label byte and 3072 pixel bytes, 1024 red, 1024 green, 1024 blue, each
// plane 32×32, row-major. A file is a run of records.
const (
	cifarSide    = 32
	cifarPixels  = 3 * cifarSide * cifarSide
	cifarRecord  = 1 + cifarPixels
	cifarClasses = 10

	cifarBatches = "data_batch_*.bin"
	cifarTest    = "test_batch.bin"
	cifarNames   = "batches.meta.txt"
	// maxNames is the most bytes that the file of class names may have.
	maxNames = 1 << 16
)

var cifarFormat = Format{
	Name: "cifar", Doc: "a folder with data_batch_*.bin and test_batch.bin (CIFAR-10 binary)",
	Match: func(p Place) bool {
		batches, err := fs.Glob(p.FS, cifarBatches)
		return p.File == "" && err == nil && len(batches) > 0
	},
	Load: func(ctx context.Context, p Place, _ Options) (*Split, error) {
		return loadCIFAR(ctx, p.folder(), p.Name)
	},
}

// https://www.cs.toronto.edu/~kriz/cifar.html
var remoteCIFAR = remote{
	name: "cifar10", url: "https://www.cs.toronto.edu/~kriz",
	files: []remoteFile{{"cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"}},
}

var cifar10 = Source{
	Name: remoteCIFAR.name, Doc: "50,000 training and 10,000 test images of 32×32, in color, in 10 classes (fetched)",
	Load: func(ctx context.Context, o Options) (*Split, error) {
		dir, err := remoteCIFAR.fetch(ctx, o)
		if err != nil {
			return nil, err
		}
		p, err := placeOf(ctx, filepath.Join(dir, remoteCIFAR.files[0].name), o)
		if err != nil {
			return nil, err
		}
		p.Name = remoteCIFAR.name
		return archiveFormat.Load(ctx, p, o)
	},
}

var cifarDefaultNames = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// isCIFARBatch reports whether a file's name is that of a training batch.
func isCIFARBatch(name string) bool {
	ok, err := path.Match(cifarBatches, name)
	return ok && err == nil
}

// byBatchNumber sorts names so that data_batch_10.bin comes after data_batch_2.bin.
func byBatchNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func newCIFAR(name string, capacity int64) *Dataset {
	return &Dataset{
		Name: name, Channels: 3, Height: cifarSide, Width: cifarSide,
		Pixels: make([]byte, 0, capacity/cifarRecord*cifarPixels),
		Labels: make([]int, 0, capacity/cifarRecord),
	}
}

// loadCIFAR loads a folder of data_batch_*.bin, test_batch.bin and, if it is there,
// batches.meta.txt. Batches are taken in the order of their numbers.
func loadCIFAR(ctx context.Context, dir folder, name string) (*Split, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, readError(dir.path, err)
	}
	var batches []string
	for _, e := range entries {
		if isCIFARBatch(e.Name()) {
			batches = append(batches, e.Name())
		}
	}
	slices.SortFunc(batches, byBatchNumber)

	train, err := dir.cifarFiles(ctx, name, batches)
	if err != nil {
		return nil, err
	}
	if !dir.has(cifarTest) {
		return nil, missing(dir.path, cifarTest)
	}
	test, err := dir.cifarFiles(ctx, name, []string{cifarTest})
	if err != nil {
		return nil, err
	}
	classes := cifarDefaultNames
	if dir.has(cifarNames) {
		in, err := dir.open(cifarNames)
		if err != nil {
			return nil, err
		}
		defer in.close()
		if classes, err = in.cifarClassNames(); err != nil {
			return nil, err
		}
	}
	train.Classes, test.Classes = classes, classes
	return &Split{Train: train, Test: test}, nil
}

// cifarFiles reads the records of some files, one file after the other.
func (dir folder) cifarFiles(ctx context.Context, name string, files []string) (*Dataset, error) {
	inputs := make([]*input, 0, len(files))
	defer func() {
		for _, in := range inputs {
			in.close()
		}
	}()
	var total int64
	for _, file := range files {
		in, err := dir.open(file)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, in)
		total += in.size
	}
	if err := dir.room.take(dir.path, total); err != nil {
		return nil, err
	}
	d := newCIFAR(name, total)
	for _, in := range inputs {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := d.appendCIFAR(in, in.size); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// appendCIFAR appends the records of an input of size bytes.
func (d *Dataset) appendCIFAR(in *input, size int64) error {
	if whole := size / cifarRecord; size == 0 || size%cifarRecord != 0 {
		return &FormatError{
			File: in.file, Offset: whole * cifarRecord,
			Found:    fmt.Sprintf("%d bytes (%d records and %d bytes)", size, whole, size%cifarRecord),
			Expected: fmt.Sprintf("a multiple of %d bytes, one label and %d pixels a record", cifarRecord, cifarPixels),
		}
	}
	buf := make([]byte, min(size, 1024*cifarRecord))
	for left := size; left > 0; left -= int64(len(buf)) {
		buf = buf[:min(left, int64(len(buf)))]
		start := in.offset
		if err := in.readFull(buf, fmt.Sprintf("%d bytes", size)); err != nil {
			return err
		}
		for i := 0; i < len(buf); i += cifarRecord {
			label := buf[i]
			if label >= cifarClasses {
				at := start + int64(i)
				return &FormatError{
					File: in.file, Offset: at,
					Found:    fmt.Sprintf("label %d in record %d", label, at/cifarRecord),
					Expected: fmt.Sprintf("a label of 0 to %d", cifarClasses-1),
				}
			}
			d.Labels = append(d.Labels, int(label))
			d.Pixels = append(d.Pixels, buf[i+1:i+cifarRecord]...)
		}
	}
	return nil
}

// cifarClassNames reads batches.meta.txt: a class name a line, blank lines ignored.
func (in *input) cifarClassNames() ([]string, error) {
	if in.size > maxNames {
		return nil, &FormatError{File: in.file, Offset: -1, Found: fmt.Sprintf("%d bytes", in.size), Expected: fmt.Sprintf("class names of at most %d bytes", maxNames)}
	}
	text, err := in.take(in.size, "class names")
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			names = append(names, line)
		}
	}
	if len(names) != cifarClasses {
		return nil, &FormatError{File: in.file, Offset: -1, Found: fmt.Sprintf("%d class names", len(names)), Expected: fmt.Sprintf("%d, one a line", cifarClasses)}
	}
	return names, nil
}

// missing is the error of a folder or archive that lacks a file.
func missing(where, name string) error {
	return &FormatError{File: where, Offset: -1, Found: "no " + name, Expected: "one beside the others"}
}
