// Package data reads image sets, with labels or without, and orders them for training.
//
// [Load] takes the name of a data set or a path. Names are rows of the table of
// sources ([RegisterSource] adds one); what a path leads to is held against the table of
// formats ([RegisterFormat] adds one). [Order] gives the order of an epoch.
//
// Whatever is wrong with a file is an error that names the file, the place, what
// was found and what was expected ([FormatError]); no input makes this package
// panic, and no number in a header is believed before it is held against the
// size of the file.
package data

import "fmt"

// Dataset is a set of images, in memory or decoded whenever they are read: see
// [Dataset.Read].
type Dataset struct {
	// Name is the name that Load was given, or the last element of the path
	// without .tar.gz.
	Name string
	// Channels (1 gray, 3 red-green-blue), Height and Width are the shape of each image.
	// Height and Width are 0 where images are of several sizes.
	Channels, Height, Width int
	// Pixels holds the images one after another, each Channels×Height×Width
	// bytes, row-major, 0 black to 255 full. It is nil where they are of several sizes, or
	// decoded when they are read.
	Pixels []byte
	// Labels holds the class of each image, 0 to len(Classes)-1; nil where there are none.
	Labels []int
	// Classes names the classes; nil where there are none.
	Classes []string
	// Files names the file of each image within the set; nil where images have none.
	Files []string

	images *gallery // where they are not in Pixels
	order  []int    // which of them these are; nil: all
}

// Len is the number of images.
func (d *Dataset) Len() int {
	switch size := d.Channels * d.Height * d.Width; {
	case d.order != nil:
		return len(d.order)
	case d.images != nil:
		return len(d.images.entries)
	case d.Labels != nil:
		return len(d.Labels)
	case size > 0:
		return len(d.Pixels) / size
	}
	return 0
}

// Image returns image i's Channels×Height×Width bytes of Pixels. They are the data set's
// own, not a copy. It panics if i is not in [0, Len), or the images are not in Pixels:
// [Dataset.Read] reads any.
func (d *Dataset) Image(i int) []byte {
	size := d.Channels * d.Height * d.Width
	return d.Pixels[i*size : (i+1)*size : (i+1)*size]
}

// Subset returns a copy of n of d's images: the first n of a shuffle that is a
// function of seed and Len alone, so that a larger subset contains the smaller ones.
// n below 1 or above Len is an error.
func (d *Dataset) Subset(n int, seed uint64) (*Dataset, error) {
	if n < 1 || n > d.Len() {
		return nil, fmt.Errorf("subset of %s: found %d images asked for, expected 1 to %d", d.Name, n, d.Len())
	}
	return d.pick(shuffled(d.Len(), seed, streamSubset)[:n]), nil
}

// Split is a data set's training and test part. They have the same image shape
// and the same classes, and neither is empty. Test is nil where the set has none.
type Split struct {
	Train, Test *Dataset
	// Part is what Test holds: [Test] images, also where it is empty, or, where [Split.Select] held some out,
	// [Validation] ones.
	Part Part
	// Unlabeled is how many training images [Split.Labeled] left out.
	Unlabeled int
	// SHA256 is a digest of what was loaded, in hexadecimal, whatever is then selected of
	// it: of arrays (IDX, CIFAR-10, and all formats that do not say otherwise) over
	// shape, bytes and labels, wherever and however they are stored; of image files over
	// their paths within the set, their bytes, their labels and the names of the classes.
	// "" where [Load] did not load it.
	SHA256 string
	// Skipped lists the unreadable files passed over with Options.SkipBad, in
	// the order in which their images would have stood, training before test.
	Skipped []string
}
