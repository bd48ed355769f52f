package main

import (
	"context"
	"fmt"

	"entrec/autograd"
	"entrec/mvssl/data"
	"entrec/nn"
	"entrec/tensor"
)

// images are gray ones of two halves, of which a pair is the upper and the lower.
type images struct {
	train, test *data.Dataset
	d           int // pixels of a half
	// most is how many training images a linear classifier is trained on, and how many test
	// images are looked at.
	most int
}

// load reads a data set with labels.
func load(ctx context.Context, name string, most int) (*images, error) {
	split, err := data.Load(ctx, name, data.Options{})
	if err != nil {
		return nil, err
	}
	t := split.Train
	switch {
	case split.Test == nil || t.Labels == nil:
		return nil, fmt.Errorf("%s: found no test images or no labels, expected both", name)
	case t.Channels != 1 || t.Pixels == nil || t.Height%4 != 0:
		return nil, fmt.Errorf("%s: found images of %d×%d×%d, expected gray ones whose height is a multiple of 4", name, t.Channels, t.Height, t.Width)
	case t.Len() < k || split.Test.Len() < k:
		return nil, fmt.Errorf("%s: found %d training images and %d test images, expected at least %d", name, t.Len(), split.Test.Len(), k)
	}
	return &images{train: t, test: split.Test, d: t.Height / 2 * t.Width, most: most}, nil
}

// pairs returns both halves of some images, pixels from 0 to 1.
func (im *images) pairs(of *data.Dataset, index []int) (upper, lower [][]float64) {
	for _, i := range index {
		pixels := of.Image(i)
		row := make([]float64, len(pixels))
		for j, v := range pixels {
			row[j] = float64(v) / 255
		}
		upper, lower = append(upper, row[:im.d]), append(lower, row[im.d:])
	}
	return upper, lower
}

// batches returns what gives batches of k training pairs, of which none comes twice in an
// epoch.
func (im *images) batches(seed uint64) func() (upper, lower [][]float64) {
	var order []int
	epoch := 0
	return func() (upper, lower [][]float64) {
		if len(order) < k {
			order = data.Order(im.train.Len(), seed, epoch)
			epoch++
		}
		batch := order[:k]
		order = order[k:]
		return im.pairs(im.train, batch)
	}
}

// linear is the accuracy of a linear classifier of the test images by the codes of their
// upper halves.
func (im *images) linear(f nn.Module[float32]) (float64, error) {
	train, labels := im.codes(f, im.train)
	test, want := im.codes(f, im.test)
	return linear(train, labels, test, want)
}

// codes returns those of the upper halves of the first images, with their labels.
func (im *images) codes(f nn.Module[float32], of *data.Dataset) (*tensor.Tensor[float32], []int) {
	n := min(im.most, of.Len())
	var codes *tensor.Tensor[float32]
	tape := autograd.NewFrozenTape[float32]()
	const some = 64
	for at := 0; at < n; at += some {
		x := im.upper(of, at, min(at+some, n))
		y := f.Forward(nn.Context{}, tape.Constant(x)).Value
		if codes == nil {
			codes = tensor.New[float32](n, y.Dim(1))
		}
		tensor.CopyTo(codes.Slice(0, at, at+x.Dim(0)), y)
		tape.Reset()
	}
	return codes, of.Labels[:n]
}

// upper returns the upper halves of images lo to hi.
func (im *images) upper(of *data.Dataset, lo, hi int) *tensor.Tensor[float32] {
	x := tensor.New[float32](hi-lo, im.d)
	for i := range hi - lo {
		for j, v := range of.Image(lo + i)[:im.d] {
			x.Data()[i*im.d+j] = float32(v) / 255
		}
	}
	return x
}

// span returns lo, lo+1, … below hi.
func span(lo, hi int) (list []int) {
	for i := lo; i < hi; i++ {
		list = append(list, i)
	}
	return list
}
