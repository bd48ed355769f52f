package data

import (
	"context"
	"fmt"
	"io/fs"
	"math"
)

// The Python versions of CIFAR-10 and CIFAR-100: pickles of a dictionary with the pixels of
// all images under data, as an array of N×3072 bytes, and lists of labels.
const (
	cifarPythonTest = "test_batch"
	cifarPythonMeta = "batches.meta"
)

var cifarPythonFormat = Format{
	Name: "cifar-python", Doc: "data_batch_1 or train (CIFAR for Python)",
	Choices: true,
	Match: func(p Place) bool {
		return p.File == "" && (p.folder().pickles("data_batch_1") || p.folder().pickles("train"))
	},
	Load: loadCIFARPython,
}

// pickles reports whether a file of the folder begins as pickles of protocols 2 to 5 do.
func (dir folder) pickles(name string) bool {
	info, err := fs.Stat(dir.FS, name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	head, err := Place{FS: dir.FS, File: name}.head()
	return err == nil && len(head) > 1 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

// cifarPython is the files of one of the two data sets.
type cifarPython struct {
	labels     cifarLabels
	batches    []string
	test, meta string
	classes    []string // where there is no meta
}

func loadCIFARPython(ctx context.Context, p Place, o Options) (*Split, error) {
	dir := p.folder()
	set := cifarPython{cifar10Labels, nil, cifarPythonTest, cifarPythonMeta, cifarDefaultNames}
	var err error
	if dir.pickles("train") {
		set = cifarPython{batches: []string{"train"}, test: "test", meta: "meta"}
		set.labels, err = p.cifar100Labels()
		set.classes = numberNames(set.labels.classes)
	} else if set.batches, err = dir.cifarBatches("", o); err == nil && p.Choice != "" {
		err = p.noChoice(nil)
	}
	if err != nil {
		return nil, err
	}
	split := &Split{}
	if split.Train, err = dir.pickledBatches(ctx, p.Name, set.labels, set.batches); err != nil {
		return nil, err
	}
	if dir.has(set.test) {
		if split.Test, err = dir.pickledBatches(ctx, p.Name, set.labels, []string{set.test}); err != nil {
			return nil, err
		}
	}
	if dir.has(set.meta) {
		if set.classes, err = dir.pickledNames(set.meta, set.labels); err != nil {
			return nil, err
		}
	}
	split.name(set.classes)
	return split, nil
}

// pickledBatches reads pickles, one after the other.
func (dir folder) pickledBatches(ctx context.Context, name string, labels cifarLabels, files []string) (*Dataset, error) {
	d := newCIFAR(name, 0)
	for _, file := range files {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		dict, err := dir.pickledDict(file)
		if err != nil {
			return nil, err
		}
		wrong := func(found, expected string) error {
			return &FormatError{File: dir.file(file), Offset: -1, Found: found, Expected: expected}
		}
		a, ok := dict["data"].(*numpyArray)
		if !ok || len(a.shape) != 2 || a.shape[1] != cifarPixels || a.shape[0] == 0 {
			return nil, wrong("no array of N×3072 bytes under data", "a batch of CIFAR")
		}
		classes, err := pickledInts(dict[labels.key])
		if err != nil || len(classes) != a.shape[0] {
			return nil, wrong(fmt.Sprintf("no list of %d numbers under %s", a.shape[0], labels.key), "a batch of CIFAR")
		}
		for i, label := range classes {
			if label >= labels.classes {
				return nil, wrong(fmt.Sprintf("label %d of image %d", label, i), fmt.Sprintf("a label of 0 to %d", labels.classes-1))
			}
		}
		// The pickle itself is given back; here the images stay.
		if err := dir.room.take(dir.file(file), int64(len(a.data))); err != nil {
			return nil, err
		}
		d.Pixels, d.Labels = append(d.Pixels, a.data...), append(d.Labels, classes...)
	}
	return d, nil
}

// pickledDict reads a pickle of a dictionary.
func (dir folder) pickledDict(file string) (map[string]any, error) {
	in, err := dir.open(file)
	if err != nil {
		return nil, err
	}
	defer in.close()
	if in.size > min(maxPickle, math.MaxInt) {
		return nil, &FormatError{File: in.file, Offset: -1, Found: fmt.Sprintf("%d bytes", in.size), Expected: fmt.Sprintf("a pickle of at most %d", maxPickle)}
	}
	if err := in.room.hold(in.file, 3*in.size); err != nil { // the file, the strings in it, the array
		return nil, err
	}
	raw, err := in.take(in.size, "a pickle")
	if err != nil {
		return nil, err
	}
	value, err := pickled(raw)
	if err == nil {
		var dict map[string]any
		if dict, err = pickledDict(value); err == nil {
			return dict, nil
		}
	}
	return nil, &FormatError{File: in.file, Offset: -1, Found: fmt.Sprintf("an unreadable pickle (%.200v)", err), Expected: "a dictionary of strings, numbers and arrays of bytes, pickled by protocol 2 to 5", Err: err}
}

// pickledNames reads the names of the classes.
func (dir folder) pickledNames(file string, labels cifarLabels) ([]string, error) {
	dict, err := dir.pickledDict(file)
	if err != nil {
		return nil, err
	}
	names, err := pickledTexts(dict[labels.metaKey])
	if err != nil || len(names) != labels.classes {
		return nil, &FormatError{File: dir.file(file), Offset: -1, Found: fmt.Sprintf("no list of %d names under %s", labels.classes, labels.metaKey), Expected: "CIFAR's names of classes"}
	}
	return names, nil
}
