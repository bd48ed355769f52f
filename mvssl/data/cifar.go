package data

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The binary versions of CIFAR-10 and CIFAR-100 (https://www.cs.toronto.edu/~kriz/cifar.html):
// a record is one label byte, or a coarse and a fine one, and 3072 pixel bytes, 1024 red,
// 1024 green, 1024 blue, each plane 32×32, row-major. A file is a run of records.
const (
	cifarSide   = 32
	cifarPixels = 3 * cifarSide * cifarSide
	cifarRecord = 1 + cifarPixels

	cifarBatches = "data_batch_*.bin"
	cifarTest    = "test_batch.bin"
	cifarNames   = "batches.meta.txt"
	// maxNames is the most bytes that the file of class names may have.
	maxNames = 1 << 16
)

// cifarLabels is which labels are taken of a set's records.
type cifarLabels struct {
	bytes, at int // of a record: how many there are, and which
	classes   int
	key       string // in the Python version
	names     string // the file of their names; a line each
	metaKey   string // of their names in the Python version
}

var (
	cifar10Labels = cifarLabels{bytes: 1, classes: 10, key: "labels", names: cifarNames, metaKey: "label_names"}
	// cifar100Labels are CIFAR-100's by choice. The fine ones are what is meant by "CIFAR-100".
	cifar100Labels = map[string]cifarLabels{
		"":       cifar100Fine,
		"fine":   cifar100Fine,
		"coarse": {bytes: 2, at: 0, classes: 20, key: "coarse_labels", names: "coarse_label_names.txt", metaKey: "coarse_label_names"},
	}
	cifar100Fine = cifarLabels{bytes: 2, at: 1, classes: 100, key: "fine_labels", names: "fine_label_names.txt", metaKey: "fine_label_names"}
)

// record is how many bytes a record has.
func (l cifarLabels) record() int64 { return int64(l.bytes + cifarPixels) }

var cifarFormat = Format{
	Name: "cifar", Doc: "data_batch_*.bin (CIFAR-10)",
	Match: func(p Place) bool {
		batches, err := fs.Glob(p.FS, cifarBatches)
		return p.File == "" && err == nil && len(batches) > 0
	},
	Load: loadCIFAR,
}

var cifar100Format = Format{
	Name: "cifar100", Doc: "train.bin (CIFAR-100)",
	Choices: true,
	Match: func(p Place) bool {
		return p.File == "" && p.folder().has("train.bin") && !p.folder().has(stlTest)
	},
	Load: loadCIFAR100,
}

// https://www.cs.toronto.edu/~kriz/cifar.html
var remoteCIFAR = remote{
	name: "cifar10", url: "https://www.cs.toronto.edu/~kriz",
	files: []remoteFile{{"cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"}},
}

var cifar10 = Source{
	Name: remoteCIFAR.name, Doc: "50,000 training and 10,000 test images of 32×32, in color, in 10 classes (fetched)",
	Load: func(ctx context.Context, o Options) (*Split, error) { return remoteCIFAR.load(ctx, o, "") },
}

// https://www.cs.toronto.edu/~kriz/cifar.html; the sum is that of the version for Python.
var remoteCIFAR100 = remote{
	name: "cifar100", url: "https://www.cs.toronto.edu/~kriz",
	files: []remoteFile{{"cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85"}},
}

var cifar100 = Source{
	Name: remoteCIFAR100.name, Doc: "50,000 training and 10,000 test images of 32×32, in color, in 100 classes (fetched)",
	Load: func(ctx context.Context, o Options) (*Split, error) { return remoteCIFAR100.load(ctx, o, "") },
}

var cifar100Coarse = Source{
	Name: remoteCIFAR100.name + "-coarse", Doc: "the same in 20 coarse classes",
	Load: func(ctx context.Context, o Options) (*Split, error) { return remoteCIFAR100.load(ctx, o, "coarse") },
}

var cifarDefaultNames = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// cifarBatch is the name of a training batch. What is called otherwise, such as
// "data_batch_1 (1).bin", is a copy that somebody made.
var cifarBatch = regexp.MustCompile(`^data_batch_([0-9]+)(\.bin)?$`)

// byBatchNumber sorts names so that data_batch_10.bin comes after data_batch_2.bin.
func byBatchNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// cifarBatches lists the training batches whose names end so, in the order of their numbers.
// What is called like one but for its number is told of and left out.
func (dir folder) cifarBatches(ext string, o Options) ([]string, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, readError(dir.path, err)
	}
	var batches, others []string
	for _, e := range entries {
		switch name := e.Name(); {
		case !strings.HasPrefix(name, "data_batch_") || !strings.HasSuffix(name, ext) || ext == "" && strings.Contains(name, "."):
		case cifarBatch.MatchString(name):
			batches = append(batches, name)
		default:
			others = append(others, printableName(name))
		}
	}
	found := strings.Join(others, ", ")
	switch {
	case len(batches) == 0:
		return nil, &FormatError{File: dir.path, Offset: -1, Found: found, Expected: "data_batch_1" + ext + " and so on"}
	case len(others) > 0:
		o.note(fmt.Sprintf("%s: left out %s, which is not called data_batch_NUMBER%s", printableName(dir.path), found, ext))
	}
	slices.SortFunc(batches, byBatchNumber)
	return batches, nil
}

// loadCIFAR loads a folder of data_batch_*.bin and, if they are there, test_batch.bin and
// batches.meta.txt. Batches are taken in the order of their numbers.
func loadCIFAR(ctx context.Context, p Place, o Options) (*Split, error) {
	dir := p.folder()
	batches, err := dir.cifarBatches(".bin", o)
	if err != nil {
		return nil, err
	}
	return dir.cifarSplit(ctx, p.Name, cifar10Labels, batches, cifarTest, cifarDefaultNames)
}

// loadCIFAR100 loads a folder of train.bin and, if they are there, test.bin and the names of
// the classes.
func loadCIFAR100(ctx context.Context, p Place, _ Options) (*Split, error) {
	labels, err := p.cifar100Labels()
	if err != nil {
		return nil, err
	}
	return p.folder().cifarSplit(ctx, p.Name, labels, []string{"train.bin"}, "test.bin", numberNames(labels.classes))
}

// cifar100Labels are the labels that are chosen.
func (p Place) cifar100Labels() (cifarLabels, error) {
	labels, ok := cifar100Labels[p.Choice]
	if !ok {
		return labels, p.noChoice([]string{"coarse", "fine"})
	}
	return labels, nil
}

// numberNames names n classes by their numbers.
func numberNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// cifarSplit loads the records of some files and of a test file, if it is there.
func (dir folder) cifarSplit(ctx context.Context, name string, labels cifarLabels, batches []string, testFile string, classes []string) (*Split, error) {
	train, err := dir.cifarFiles(ctx, name, labels, batches)
	if err != nil {
		return nil, err
	}
	split := &Split{Train: train}
	if dir.has(testFile) {
		if split.Test, err = dir.cifarFiles(ctx, name, labels, []string{testFile}); err != nil {
			return nil, err
		}
	}
	if dir.has(labels.names) {
		in, err := dir.open(labels.names)
		if err != nil {
			return nil, err
		}
		defer in.close()
		if classes, err = in.classNames(labels.classes); err != nil {
			return nil, err
		}
	}
	split.name(classes)
	return split, nil
}

// name gives the classes names.
func (s *Split) name(classes []string) {
	s.Train.Classes = classes
	if s.Test != nil {
		s.Test.Classes = classes
	}
}

func newCIFAR(name string, records int64) *Dataset {
	return &Dataset{
		Name: name, Channels: 3, Height: cifarSide, Width: cifarSide,
		Pixels: make([]byte, 0, records*cifarPixels),
		Labels: make([]int, 0, records),
	}
}

// cifarFiles reads the records of some files, one file after the other.
func (dir folder) cifarFiles(ctx context.Context, name string, labels cifarLabels, files []string) (*Dataset, error) {
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
	d := newCIFAR(name, total/labels.record())
	for _, in := range inputs {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := d.appendCIFAR(in, in.size, labels); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// appendCIFAR appends the records of an input of size bytes.
func (d *Dataset) appendCIFAR(in *input, size int64, labels cifarLabels) error {
	record := labels.record()
	if whole := size / record; size == 0 || size%record != 0 {
		return &FormatError{
			File: in.file, Offset: whole * record,
			Found:    fmt.Sprintf("%d bytes (%d records and %d bytes)", size, whole, size%record),
			Expected: fmt.Sprintf("a multiple of %d bytes, %s and %d pixels a record", record, labels.words(), cifarPixels),
		}
	}
	buf := make([]byte, min(size, 1024*record))
	for left := size; left > 0; left -= int64(len(buf)) {
		buf = buf[:min(left, int64(len(buf)))]
		start := in.offset
		if err := in.readFull(buf, fmt.Sprintf("%d bytes", size)); err != nil {
			return err
		}
		for r := range slices.Chunk(buf, int(record)) {
			label := int(r[labels.at])
			if label >= labels.classes {
				return &FormatError{
					File: in.file, Offset: start + int64(labels.at),
					Found:    fmt.Sprintf("label %d in record %d", label, start/record),
					Expected: fmt.Sprintf("a label of 0 to %d", labels.classes-1),
				}
			}
			d.Labels = append(d.Labels, label)
			d.Pixels = append(d.Pixels, r[labels.bytes:]...)
			start += record
		}
	}
	return nil
}

// words says what stands before a record's pixels.
func (l cifarLabels) words() string {
	if l.bytes == 1 {
		return "one label"
	}
	return "two labels"
}

// classNames reads a file of n class names: one a line, blank lines ignored.
func (in *input) classNames(n int) ([]string, error) {
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
	if len(names) != n {
		return nil, &FormatError{File: in.file, Offset: -1, Found: fmt.Sprintf("%d class names", len(names)), Expected: fmt.Sprintf("%d, one a line", n)}
	}
	return names, nil
}

// missing is the error of a folder or archive that lacks a file.
func missing(where, name string) error {
	return &FormatError{File: where, Offset: -1, Found: "no " + name, Expected: "one beside the others"}
}
