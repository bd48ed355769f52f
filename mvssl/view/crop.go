package view

import (
	"fmt"
	"math"
)

// Rect is a part of an image, in pixels.
type Rect struct{ Top, Left, Height, Width int }

// taps says which source pixels, from start on, make an output pixel, and with
// what weights.
type taps[T Float] struct {
	start   int
	weights []T
}

// resizeTaps returns the taps of len(out) outputs, from the given one on, of those that
// resize in pixels to all of them, bilinearly with half-pixel centers (align_corners
// false). The weights are kept in buf.
//
// Without antialias: output i lies at max(0, (i+½)·in/all − ½) and is interpolated
// between the two pixels around it. With antialias and in > all, each output is
// the average under a triangle of half-width in/all (PyTorch's
// UpSampleKernel.cpp, HelperInterpLinear).
func resizeTaps[T Float](out []taps[T], buf []T, in, all, from int, antialias bool) {
	scale := float64(in) / float64(all)
	width := 1.0 // of half the triangle, in source pixels
	if antialias && scale > 1 {
		width = scale
	}
	for i := range out {
		middle := float64(from+i) + 0.5
		if !antialias {
			at := math.Max(0, middle*scale-0.5)
			start := min(int(at), in-1)
			part := T(at - float64(start))
			weights := buf[:0:2]
			if start+1 < in {
				weights = append(weights, 1-part, part)
			} else {
				weights = append(weights, 1)
			}
			out[i] = taps[T]{start, weights}
			buf = buf[2:]
			continue
		}
		center := scale * middle
		start := max(int(center-width+0.5), 0)
		end := min(int(center+width+0.5), in)
		weights, sum := buf[:end-start], 0.0
		for j := range weights {
			w := math.Max(0, 1-math.Abs((float64(start+j)-center+0.5)/width))
			weights[j] = T(w)
			sum += w
		}
		for j := range weights {
			weights[j] = T(float64(weights[j]) / sum)
		}
		out[i] = taps[T]{start, weights}
		buf = buf[end-start:]
	}
}

// tapsLen bounds how many weights resizeTaps needs.
func tapsLen(in, out int) int { return 2*in + 4*out }

// ResizedCrop cuts the rectangle r out of src, c channels of h×w, and resizes it
// to size×size: torchvision's resized_crop with bilinear interpolation. It panics
// unless 0 < r.Height, r.Width, 0 < size and r lies within the image.
func ResizedCrop[T Float](dst, src []T, c, h, w int, r Rect, size int, antialias bool) {
	if r.Height < 1 || r.Width < 1 || r.Top < 0 || r.Left < 0 || r.Top+r.Height > h || r.Left+r.Width > w || size < 1 ||
		len(src) != c*h*w || len(dst) != c*size*size {
		panic(fmt.Sprintf("view.ResizedCrop: rectangle %+v of %d×%d×%d to size %d does not fit", r, c, h, w, size))
	}
	cr := newCropper[T](size)
	cr.plan(resized{Rect: r, height: size, width: size}, antialias)
	for ch := range c {
		plane := src[ch*h*w : (ch+1)*h*w]
		cr.rows(r, func(row int) []T { return plane[row*w+r.Left : row*w+r.Left+r.Width] })
		cr.columns(dst[ch*size*size : (ch+1)*size*size])
	}
}

// cropper holds the plan of one resized crop and the rows between its two passes.
type cropper[T Float] struct {
	size       int
	horizontal []taps[T]
	vertical   []taps[T]
	weights    []T
	middle     []T // r.Height rows of size pixels
}

func newCropper[T Float](size int) *cropper[T] {
	return &cropper[T]{size: size, horizontal: make([]taps[T], size), vertical: make([]taps[T], size)}
}

// resized is a part of an image that is resized to height×width, of which the view shows
// what begins at top and left.
type resized struct {
	Rect
	height, width, top, left int
}

// plan prepares the passes for rectangles of r's size.
func (cr *cropper[T]) plan(r resized, antialias bool) {
	across, down := tapsLen(r.Width, cr.size), tapsLen(r.Height, cr.size)
	if n := across + down; len(cr.weights) < n {
		cr.weights = make([]T, n)
	}
	if n := r.Height * cr.size; len(cr.middle) < n {
		cr.middle = make([]T, n)
	}
	resizeTaps(cr.horizontal, cr.weights[:across], r.Width, r.width, r.left, antialias)
	resizeTaps(cr.vertical, cr.weights[across:], r.Height, r.height, r.top, antialias)
}

// rows resizes each row of the rectangle that the view shows.
func (cr *cropper[T]) rows(r Rect, row func(i int) []T) {
	last := cr.vertical[cr.size-1]
	for i := cr.vertical[0].start; i < last.start+len(last.weights); i++ {
		src, dst := row(r.Top+i), cr.middle[i*cr.size:(i+1)*cr.size]
		for x, t := range cr.horizontal {
			sum := T(0)
			for j, w := range t.weights {
				sum += T(w * src[t.start+j])
			}
			dst[x] = sum
		}
	}
}

// columns resizes the columns of what rows left.
func (cr *cropper[T]) columns(dst []T) {
	n := cr.size
	for y, t := range cr.vertical {
		out := dst[y*n : (y+1)*n]
		clear(out)
		for j, w := range t.weights {
			for x, v := range cr.middle[(t.start+j)*n : (t.start+j+1)*n] {
				out[x] += T(w * v)
			}
		}
	}
}

// HorizontalFlip mirrors each row of x, whose rows have w pixels, in place.
func HorizontalFlip[T Float](x []T, w int) {
	for r := 0; r < len(x); r += w {
		row := x[r : r+w]
		for i, j := 0, w-1; i < j; i, j = i+1, j-1 {
			row[i], row[j] = row[j], row[i]
		}
	}
}
