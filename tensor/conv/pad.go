package conv

import (
	"entrec/internal/memory"
	"entrec/tensor"
)

// paddedShape is the shape of a padded image: h×w pixels of c channels, channels-last,
// and the margins of zeros around them.
type paddedShape struct{ h, w, c, top, left, bottom, right int }

// padded returns the shape of a padded input of s.
func (s Shape) padded() paddedShape {
	return paddedShape{h: s.H, w: s.W, c: s.C, top: s.Padding, left: s.Padding, bottom: s.Padding, right: s.Padding}
}

func (v paddedShape) width() int  { return v.left + v.w + v.right }
func (v paddedShape) height() int { return v.top + v.h + v.bottom }
func (v paddedShape) size() int   { return v.height() * v.width() * v.c }

// paddedImages are padded images, one after another.
type paddedImages[T tensor.Float] struct {
	data  []T
	owned bool
}

// release gives the memory back.
func (p paddedImages[T]) release() {
	if p.owned {
		memory.Scratch[T]().Put(p.data)
	}
}

// pad returns n images, which lie one after another in src, with margins of zeros
// and at least slack elements of unspecified content after them. load stores the pixels,
// row by row; nil copies them. Without margins and load the result is src itself, where
// that has the slack.
func pad[T tensor.Float](v paddedShape, src []T, n, slack int, load func(dst, src []T)) paddedImages[T] {
	size := n*v.size() + slack
	bare := v.top == 0 && v.left == 0 && v.bottom == 0 && v.right == 0
	if bare && load == nil && size <= len(src) {
		return paddedImages[T]{src[:size], false}
	}
	image := memory.Scratch[T]().Get(size)
	row, width := v.w*v.c, v.width()*v.c
	left, right := v.left*v.c, v.right*v.c
	for i := range n {
		to := image[i*v.size() : (i+1)*v.size()]
		from := src[i*v.h*row : (i+1)*v.h*row]
		clear(to[:v.top*width])
		to = to[v.top*width:]
		for range v.h {
			clear(to[:left])
			if load != nil {
				load(to[left:left+row], from[:row])
			} else {
				copy(to[left:left+row], from[:row])
			}
			clear(to[left+row : left+row+right])
			to, from = to[width:], from[row:]
		}
		clear(to)
	}
	return paddedImages[T]{image, true}
}
