package data

import (
	"context"
	"fmt"
)

// STL-10's binary version (https://cs.stanford.edu/~acoates/stl10/): images of three planes
// of 96×96 bytes, column-major, in train_X.bin, test_X.bin and unlabeled_X.bin; labels of
// one byte, from 1, in train_y.bin and test_y.bin; class_names.txt.
const (
	stlSide      = 96
	stlPixels    = 3 * stlSide * stlSide
	stlClasses   = 10
	stlTrain     = "train_X.bin"
	stlTest      = "test_X.bin"
	stlUnlabeled = "unlabeled_X.bin"
	stlNames     = "class_names.txt"
	// stlUnlabeledChoice takes the unlabeled images for training.
	stlUnlabeledChoice = "unlabeled"
)

var stlFormat = Format{
	Name: "stl10", Doc: "train_X.bin (STL-10)",
	Choices: true,
	Match: func(p Place) bool {
		return p.File == "" && (p.folder().has(stlTrain) || p.folder().has(stlUnlabeled))
	},
	Load: loadSTL,
}

// https://cs.stanford.edu/~acoates/stl10/
var remoteSTL = remote{
	name: "stl10", url: "https://ai.stanford.edu/~acoates/stl10",
	files: []remoteFile{{"stl10_binary.tar.gz", "91f7769df0f17e558f3565bffb0c7dfb"}},
}

var stl10 = Source{
	Name: remoteSTL.name, Doc: "5,000 training and 8,000 test images of 96×96, in color, in 10 classes (fetched: 2.6 GB)",
	Load: func(ctx context.Context, o Options) (*Split, error) { return remoteSTL.load(ctx, o, "") },
}

var stl10Unlabeled = Source{
	Name: remoteSTL.name + "-" + stlUnlabeledChoice, Doc: "its 100,000 images without labels",
	Load: func(ctx context.Context, o Options) (*Split, error) {
		return remoteSTL.load(ctx, o, stlUnlabeledChoice)
	},
}

// loadSTL loads the labeled images or, by choice, those without labels, which have neither
// classes nor a test part.
func loadSTL(ctx context.Context, p Place, _ Options) (*Split, error) {
	dir := p.folder()
	switch p.Choice {
	case stlUnlabeledChoice:
		d, err := dir.stlImages(ctx, p.Name, stlUnlabeled)
		if err != nil {
			return nil, err
		}
		return &Split{Train: d}, nil
	case "":
	default:
		return nil, p.noChoice([]string{stlUnlabeledChoice})
	}
	split := &Split{}
	var err error
	if split.Train, err = dir.stlPart(ctx, p.Name, stlTrain, "train_y.bin"); err != nil {
		return nil, err
	}
	if dir.has(stlTest) {
		if split.Test, err = dir.stlPart(ctx, p.Name, stlTest, "test_y.bin"); err != nil {
			return nil, err
		}
	}
	classes := numberNames(stlClasses)
	if dir.has(stlNames) {
		in, err := dir.open(stlNames)
		if err != nil {
			return nil, err
		}
		defer in.close()
		if classes, err = in.classNames(stlClasses); err != nil {
			return nil, err
		}
	}
	split.name(classes)
	return split, nil
}

// stlPart loads images and their labels.
func (dir folder) stlPart(ctx context.Context, name, images, labels string) (*Dataset, error) {
	d, err := dir.stlImages(ctx, name, images)
	if err != nil {
		return nil, err
	}
	if !dir.has(labels) {
		return nil, missing(dir.path, labels)
	}
	in, err := dir.open(labels)
	if err != nil {
		return nil, err
	}
	defer in.close()
	n := len(d.Pixels) / stlPixels
	if in.size != int64(n) {
		return nil, &FormatError{File: in.file, Offset: -1, Found: fmt.Sprintf("%d labels", in.size), Expected: fmt.Sprintf("%d, one for each image of %s", n, dir.file(images))}
	}
	raw, err := in.take(in.size, "labels")
	if err != nil {
		return nil, err
	}
	d.Labels = make([]int, n)
	for i, label := range raw {
		if label < 1 || label > stlClasses {
			return nil, &FormatError{File: in.file, Offset: int64(i), Found: fmt.Sprintf("label %d", label), Expected: fmt.Sprintf("a label of 1 to %d", stlClasses)}
		}
		d.Labels[i] = int(label) - 1
	}
	return d, nil
}

// stlImages loads images, and makes their planes row-major.
func (dir folder) stlImages(ctx context.Context, name, file string) (*Dataset, error) {
	if !dir.has(file) {
		return nil, missing(dir.path, file)
	}
	in, err := dir.open(file)
	if err != nil {
		return nil, err
	}
	defer in.close()
	if n := in.size / stlPixels; n == 0 || in.size%stlPixels != 0 {
		return nil, &FormatError{
			File: in.file, Offset: n * stlPixels, Found: fmt.Sprintf("%d bytes (%d images and %d bytes)", in.size, n, in.size%stlPixels),
			Expected: fmt.Sprintf("a multiple of %d bytes, 3×%d×%d an image", stlPixels, stlSide, stlSide),
		}
	}
	if err := in.room.take(in.file, in.size); err != nil {
		return nil, err
	}
	d := &Dataset{Name: name, Channels: 3, Height: stlSide, Width: stlSide, Pixels: make([]byte, in.size)}
	plane := make([]byte, stlSide*stlSide)
	for at := 0; at < len(d.Pixels); at += len(plane) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := in.readFull(plane, fmt.Sprintf("%d bytes", in.size)); err != nil {
			return nil, err
		}
		for i, v := range plane {
			d.Pixels[at+i%stlSide*stlSide+i/stlSide] = v
		}
	}
	return d, nil
}
