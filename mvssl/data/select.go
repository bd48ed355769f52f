package data

import "fmt"

// Part is which images of a data set.
type Part string

// The parts: training images, those of them that are held out for validation, and
// test images.
const (
	Training   Part = "train"
	Validation Part = "val"
	Test       Part = "test"
)

// Words returns the part as it stands before "images".
func (p Part) Words() string {
	switch p {
	case Training:
		return "training"
	case Validation:
		return "validation"
	}
	return "test"
}

// Select returns what a run uses of a data set. The last part holdout, in [0, 1), of
// the fixed shuffle that [Dataset.Subset] uses is held out of the training images,
// and takes the test images' place; where it is 0, none is. Of the training images
// that are left, the first subset ones of the shuffle are kept; nil keeps all, in
// their own order. Without a holdout a set without test images stays one. Whatever the subset, the same images are held out. The error says
// what was found where there are not as many.
func (s *Split) Select(holdout float64, subset *int) (*Split, error) {
	n := s.Train.Len()
	held, kept, err := Divide(s.Train.Name, n, holdout, subset)
	if err != nil {
		return nil, err
	}
	selected := *s
	selected.Part = Test
	if holdout > 0 {
		selected.Test, selected.Part = s.Train.pick(shuffled(n, 0, streamSubset)[n-held:]), Validation
	}
	switch {
	case subset != nil:
		selected.Train = s.Train.pick(shuffled(n, 0, streamSubset)[:kept])
	case holdout > 0:
		out := make([]bool, n)
		for _, i := range shuffled(n, 0, streamSubset)[kept:] {
			out[i] = true
		}
		var rest []int
		for i := range n {
			if !out[i] {
				rest = append(rest, i)
			}
		}
		selected.Train = s.Train.pick(rest)
	}
	return &selected, nil
}

// pick returns some of d's images, in the order that is given: a copy of those in Pixels.
func (d *Dataset) pick(images []int) *Dataset {
	sub := *d
	if d.images != nil {
		sub.order = make([]int, 0, len(images))
		for _, i := range images {
			sub.order = append(sub.order, d.at(i))
		}
	} else {
		sub.Pixels = make([]byte, 0, len(images)*d.Channels*d.Height*d.Width)
		for _, i := range images {
			sub.Pixels = append(sub.Pixels, d.Image(i)...)
		}
	}
	sub.Labels, sub.Files = picked(d.Labels, images), picked(d.Files, images)
	return &sub
}

// picked returns a copy of some of a list's values; nil of nil.
func picked[T any](list []T, which []int) []T {
	if list == nil {
		return nil
	}
	some := make([]T, 0, len(which))
	for _, i := range which {
		some = append(some, list[i])
	}
	return some
}

// Divide returns how many of the n training images of the data set of that name [Split.Select]
// holds out and keeps. The error is Select's.
func Divide(name string, n int, holdout float64, subset *int) (held, kept int, err error) {
	if !(holdout >= 0 && holdout < 1) {
		return 0, 0, fmt.Errorf("holdout: found %v, expected a number in [0, 1)", holdout)
	}
	held = int(holdout*float64(n) + 0.5)
	if holdout > 0 && (held < 1 || held >= n) {
		return 0, 0, fmt.Errorf("holdout %v of the %d training images of %s are %d, expected 1 to %d", holdout, n, name, held, n-1)
	}
	kept = n - held
	if subset == nil {
		return held, kept, nil
	}
	if *subset < 1 || *subset > kept {
		return 0, 0, fmt.Errorf("subset of %s: found %d images asked for, expected 1 to %d", name, *subset, kept)
	}
	return held, *subset, nil
}
