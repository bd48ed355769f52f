package data

import (
	"bytes"
	"math"
	"slices"
)

// MeanStd returns the mean and the standard deviation (biased) of each channel
// over all pixels of all images, in units of full scale: what views are
// normalized by. The sums are of integers, and exact. Of images of several sizes it is that
// of all pixels of one size to which they would be brought without a loss: each image
// counts alike, whatever its size.
func (d *Dataset) MeanStd() (mean, std []float64) {
	for c := range d.Channels {
		m, square := d.moments(c)
		mean = append(mean, m/255)
		std = append(std, math.Sqrt(max(0, square-m*m))/255)
	}
	return mean, std
}

// moments returns the mean of a channel's values and that of their squares.
func (d *Dataset) moments(c int) (mean, square float64) {
	images := float64(d.Len())
	if d.Height > 0 {
		var sum, squares uint64
		for i := range d.Len() {
			f := d.factsOf(i, c)
			sum, squares = sum+f.sum, squares+f.squares
		}
		n := images * float64(d.Height*d.Width)
		return float64(sum) / n, float64(squares) / n
	}
	for i := range d.Len() {
		f := d.factsOf(i, c)
		h, w := d.Size(i)
		mean += float64(f.sum) / float64(h*w) / images
		square += float64(f.squares) / float64(h*w) / images
	}
	return mean, square
}

// factsOf returns what is known of a channel of image i, of which the check sum only where
// images are not in Pixels.
func (d *Dataset) factsOf(i, c int) facts {
	if d.images != nil {
		return d.images.entries[d.at(i)].facts[c]
	}
	pixels := d.Height * d.Width
	return sumsOf(d.Image(i)[c*pixels : (c+1)*pixels])
}

// SameIn returns the first channel in which all images are the same, of an only image one
// in which all pixels are; -1 where there is none.
func (d *Dataset) SameIn() int {
	for c := range d.Channels {
		if d.sameIn(c) {
			return c
		}
	}
	return -1
}

func (d *Dataset) sameIn(c int) bool {
	if d.images != nil {
		return d.sameFacts(c)
	}
	pixels := d.Height * d.Width
	plane := func(i int) []byte { return d.Image(i)[c*pixels : (c+1)*pixels] }
	first := plane(0)
	for i := 1; i < d.Len(); i++ {
		if !bytes.Equal(plane(i), first) {
			return false
		}
	}
	return d.Len() > 1 || bytes.Count(first, first[:1]) == pixels
}

// sameFacts is sameIn by what is known of each image: the same size, sums and check sum, or
// one value in every pixel.
func (d *Dataset) sameFacts(c int) bool {
	first := d.images.entries[d.at(0)]
	value := first.facts[c].sum / uint64(first.size.X*first.size.Y)
	same, flat := d.Len() > 1, true
	for i := range d.Len() {
		e := d.images.entries[d.at(i)]
		n := uint64(e.size.X * e.size.Y)
		same = same && e.size == first.size && e.facts[c] == first.facts[c]
		flat = flat && e.facts[c].sum == n*value && e.facts[c].squares == n*value*value
	}
	return same || flat
}

// Side returns the shorter side of the image that stands in the middle where images stand
// by their shorter sides, the smaller one of two.
func (d *Dataset) Side() int {
	if d.Height > 0 {
		return min(d.Height, d.Width)
	}
	sides := make([]int, d.Len())
	for i := range sides {
		sides[i] = min(d.Size(i))
	}
	slices.Sort(sides)
	return sides[(len(sides)-1)/2]
}
