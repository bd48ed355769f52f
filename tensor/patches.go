package tensor

import "entrec/simd"

// canvas is a channels-last image of h×w pixels with c channels, and the margins
// around it.
type canvas struct{ h, w, c, top, left, bottom, right int }

func (v canvas) width() int { return v.left + v.w + v.right }
func (v canvas) size() int  { return (v.top + v.h + v.bottom) * v.width() * v.c }

// paint returns n images, which lie one after another in src, with zero margins,
// and what to call when they are no longer needed. Where there are no margins,
// it is src itself.
func paint[T Float](v canvas, src []T, n int) (image []T, done func()) {
	if v.top == 0 && v.left == 0 && v.bottom == 0 && v.right == 0 {
		return src[:n*v.size()], func() {}
	}
	pool := Scratch[T]()
	image = pool.Get(n * v.size())
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
	pool := Scratch[T]()
	edge := pool.Get(mr * nr)
	defer pool.Put(edge)
	last := make([]int, mr)
	args := simd.TileArgs[T]{A: left, Segs: p.segs, Length: p.length, Stride: 1, LDB: nr}
	for col := 0; col < p.cols; col += nr {
		args.B = p.packed[col/nr*k*nr : (col/nr+1)*k*nr]
		n := min(nr, p.cols-col)
		args.Cols = tileCols(n, nr)
		for r := 0; r < rows; r += mr {
			m := min(mr, rows-r)
			args.Rows = p.from[r : r+m]
			if m < mr {
				// The rows that are missing repeat the first; they are not copied out.
				for i := range last {
					last[i] = p.from[r]
				}
				copy(last, args.Rows)
				args.Rows = last
			}
			to := p.to[r : r+m]
			if m == mr && n == args.Cols && evenlySpaced(to) {
				args.C, args.LDC = out[to[0]+col:], to[1]-to[0]
				simd.Tile(&args)
				continue
			}
			args.C, args.LDC = edge, nr
			simd.Tile(&args)
			for i, at := range to {
				copy(out[at+col:at+col+n], edge[i*nr:i*nr+n])
			}
		}
	}
}

// tileCols returns the narrowest tile that holds n columns: nr or half of it.
func tileCols(n, nr int) int {
	if n <= nr/2 {
		return nr / 2
	}
	return nr
}

func evenlySpaced(to []int) bool {
	step := to[1] - to[0]
	for i := 2; i < len(to); i++ {
		if to[i]-to[i-1] != step {
			return false
		}
	}
	return true
}
