package tensor

import "entrec/simd"

// canvas is a channels-last image of h×w pixels with c channels, and the margins
// around it.
type canvas struct{ h, w, c, top, left, bottom, right int }

func (v canvas) width() int { return v.left + v.w + v.right }
func (v canvas) size() int  { return (v.top + v.h + v.bottom) * v.width() * v.c }

// paint returns n images, which lie one after another in src, with zero margins
// and at least slack elements of whatever content after them, and what to call
// when they are no longer needed. Where there are no margins, it is src itself if
// that is long enough.
func paint[T Float](v canvas, src []T, n, slack int) (image []T, done func()) {
	if size := n*v.size() + slack; v.top == 0 && v.left == 0 && v.bottom == 0 && v.right == 0 && size <= len(src) {
		return src[:size], func() {}
	}
	pool := Scratch[T]()
	image = pool.Get(n*v.size() + slack)
	row, width := v.w*v.c, v.width()*v.c
	left, right := v.left*v.c, v.right*v.c
	for i := range n {
		to := image[i*v.size() : (i+1)*v.size()]
		from := src[i*v.h*row : (i+1)*v.h*row]
		clear(to[:v.top*width])
		to = to[v.top*width:]
		for range v.h {
			clear(to[:left])
			copy(to[left:left+row], from[:row])
			clear(to[left+row : left+row+right])
			to, from = to[width:], from[row:]
		}
		clear(to)
	}
	return image, func() { pool.Put(image) }
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

// multiply computes the first rows of the product.
func (p *patches[T]) multiply(left, out []T, rows int) {
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
	args := simd.RowTiles[T]{A: left, Segs: p.segs, Length: p.length}
	for col := 0; col < p.cols; col += nr {
		args.B, args.C, args.Cols = p.packed[col*k:], out[col:], min(nr, p.cols-col)
		args.From, args.To = p.from[:whole], p.to[:whole]
		simd.TileRows(&args)
		args.From, args.To = last[:], p.to[whole:rows]
		simd.TileRows(&args)
	}
}
