package tensor

import (
	"sync"

	"entrec/internal/memory"
	"entrec/simd"
)

// canvas is a channels-last image of h×w pixels with c channels, and the margins
// around it.
type canvas struct{ h, w, c, top, left, bottom, right int }

// padded returns the canvas of an input of s.
func (s ConvShape) padded() canvas {
	return canvas{h: s.H, w: s.W, c: s.C, top: s.Padding, left: s.Padding, bottom: s.Padding, right: s.Padding}
}

func (v canvas) width() int  { return v.left + v.w + v.right }
func (v canvas) height() int { return v.top + v.h + v.bottom }
func (v canvas) size() int   { return v.height() * v.width() * v.c }

// painting holds images in their canvases, one after another.
type painting[T Float] struct {
	data  []T
	owned bool
}

// release gives the memory back.
func (p painting[T]) release() {
	if p.owned {
		memory.Scratch[T]().Put(p.data)
	}
}

// paint returns n images, which lie one after another in src, with zero margins
// and at least slack elements of whatever content after them. load stores the
// pixels, row by row; nil copies them. Where nothing is to be done, the result is
// src itself.
func paint[T Float](v canvas, src []T, n, slack int, load func(dst, src []T)) painting[T] {
	size := n*v.size() + slack
	bare := v.top == 0 && v.left == 0 && v.bottom == 0 && v.right == 0
	if bare && load == nil && size <= len(src) {
		return painting[T]{src[:size], false}
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
	return painting[T]{image, true}
}

// patches is a matrix product whose left factor consists of rows that overlap in
// memory: row r starts at from[r] and continues with length elements at each of
// the offsets segs. The product's row r goes to to[r].
type patches[T Float] struct {
	from, to []int
	segs     []int
	length   int
	cols     int // columns of the right factor
	packed   []T // the right factor, in simd.PackB's panels
}

// lists keeps patches for their lists' memory.
var lists32, lists64 sync.Pool

func lists[T Float]() *sync.Pool {
	if _, ok := any(T(0)).(float32); ok {
		return &lists32
	}
	return &lists64
}

// emptyPatches returns patches with empty lists.
func emptyPatches[T Float]() *patches[T] {
	if p, _ := lists[T]().Get().(*patches[T]); p != nil {
		return p
	}
	return &patches[T]{}
}

// newPatches packs the right factor, k×cols.
func newPatches[T Float](right []T, k, cols int) *patches[T] {
	p := emptyPatches[T]()
	p.cols, p.packed = cols, memory.Scratch[T]().Get(simd.PackedSize[T](k, cols))
	packParallel(p.packed, false, k, cols, right, cols)
	return p
}

// release gives everything back.
func (p *patches[T]) release() {
	memory.Scratch[T]().Put(p.packed)
	p.from, p.to, p.segs, p.packed = p.from[:0], p.to[:0], p.segs[:0], nil
	lists[T]().Put(p)
}

// multiply computes, or adds, the first rows of the product.
func (p *patches[T]) multiply(left, out []T, rows int, update simd.Update) {
	mr, nr := simd.MR[T](), simd.NR[T]()
	k := len(p.segs) * p.length
	if rows == 0 {
		return
	}
	whole := rows / mr * mr
	// The rows that are missing to a last tile repeat another.
	var last [16]int // at least MR at every level
	for i := range last {
		last[i] = p.from[min(whole+i, rows-1)]
	}
	args := simd.RowTiles[T]{A: left, Segs: p.segs, Length: p.length, Accumulate: update == simd.Accumulate}
	for col := 0; col < p.cols; col += nr {
		args.B, args.C, args.Cols = p.packed[col*k:], out[col:], min(nr, p.cols-col)
		args.From, args.To = p.from[:whole], p.to[:whole]
		simd.TileRows(&args)
		args.From, args.To = last[:], p.to[whole:rows]
		simd.TileRows(&args)
	}
}
