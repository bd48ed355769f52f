package data

import (
	"bytes"
	"math"
)

// MeanStd returns the mean and the standard deviation (biased) of each channel
// over all pixels of all images, in units of full scale: what views are
// normalized by. The sums are of integers, and exact.
func (d *Dataset) MeanStd() (mean, std []float64) {
	pixels := d.Height * d.Width
	for c := range d.Channels {
		var sum, squares uint64
		for i := range d.Len() {
			for _, v := range d.Image(i)[c*pixels : (c+1)*pixels] {
				sum += uint64(v)
				squares += uint64(v) * uint64(v)
			}
		}
		n := float64(d.Len() * pixels)
		m := float64(sum) / n
		mean = append(mean, m/255)
		std = append(std, math.Sqrt(float64(squares)/n-m*m)/255)
	}
	return mean, std
}

// SameIn returns the first channel in which all images are the same, of an only image one
// in which all pixels are; -1 where there is none.
func (d *Dataset) SameIn() int {
	pixels := d.Height * d.Width
	for c := range d.Channels {
		plane := func(i int) []byte { return d.Image(i)[c*pixels : (c+1)*pixels] }
		first, same := plane(0), true
		for i := 1; same && i < d.Len(); i++ {
			same = bytes.Equal(plane(i), first)
		}
		if same && (d.Len() > 1 || bytes.Count(first, first[:1]) == pixels) {
			return c
		}
	}
	return -1
}
