package conv

import (
	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// Winograd's algorithm F(2×2, 3×3) makes four outputs of a 3×3 convolution from the
// sixteen inputs under them, a tile d, with 16 products a pair of channels instead of 36
// (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, section 4.1):
//
//	y = Aᵀ·[ (G·g·Gᵀ) ⊙ (Bᵀ·d·B) ]·A
//
// with the matrices of [simd.WinogradInput].
// Summed over the channels, that is a matrix product for each of the sixteen places of a
// transformed tile: its rows are tiles, its columns output channels.

// places is how many elements a transformed tile has.
const places = 16

// tilesAtOnce is about how many tiles are transformed before they are multiplied: enough
// to pay for loading a weight, few enough to stay in the second-level cache.
const tilesAtOnce = 64

// winogradChannels is the least number of input and of output channels for which the
// algorithm is used. With 16, its transforms and short sums take as long as the products
// that it saves.
const winogradChannels = 32

// isWinograd reports whether s and its gradients are made by Winograd's algorithm, which
// takes whole tiles and whole vectors of channels. That does not depend on the batch,
// so neither do the bits of an image.
func (s Shape) isWinograd() bool {
	fits := func(channels int) bool { return channels >= winogradChannels && channels%16 == 0 }
	return s.KH == 3 && s.KW == 3 && s.Stride == 1 && s.Padding <= 2 &&
		s.OutH()%2 == 0 && s.OutW()%2 == 0 && min(s.H, s.W, s.OutH(), s.OutW()) > 0 && fits(s.C) && fits(s.O)
}

// plane returns the distance between the places of transformed tiles, of n elements each:
// sixteen more than n, since planes a power of two apart evict each other from the
// first-level cache.
func plane(n int) int { return n + 16 }

// winograd is a convolution by Winograd's algorithm of padded images.
type winograd[T tensor.Float] struct {
	in      paddedShape
	h, w, o int // output
	lines   int // rows of tiles that are treated at a time
	// The rows are tiles, side by side; packed are the sixteen transformed weights, one
	// after another.
	*patches[T]
}

// newWinograd prepares the convolution with the weight right, which has rows (u,v,c) and
// columns o.
func newWinograd[T tensor.Float](in paddedShape, o int, right []T) *winograd[T] {
	w := &winograd[T]{in: in, h: in.height() - 2, w: in.width() - 2, o: o, patches: emptyPatches[T]()}
	w.segs, w.length = append(w.segs, 0), in.c
	across := w.w / 2
	w.lines = max(1, tilesAtOnce/across)
	for t := range wholeTiles[T](w.lines * across) {
		w.from, w.to = append(w.from, t*in.c), append(w.to, t*o)
	}
	pool := memory.Scratch[T]()
	size, packed := in.c*o, simd.PackedSize[T](in.c, o)
	transformed := pool.Get(places * size)
	parallel.Chunks(size, func(lo, hi int) { transformWeight(transformed, right, size, lo, hi) })
	w.packed = pool.Get(places * packed)
	parallel.For(places, func(p int) {
		simd.PackB(w.packed[p*packed:], simd.NoTrans, in.c, o, transformed[p*size:(p+1)*size], o)
	})
	pool.Put(transformed)
	return w
}

// wholeTiles returns n rows, rounded up to whole tiles of a matrix product. The content
// of the rows beyond n does not matter.
func wholeTiles[T tensor.Float](n int) int {
	mr := simd.MR[T]()
	return (n + mr - 1) / mr * mr
}

func (w *winograd[T]) multiply(images, out []T, n int, update simd.Update) {
	c, o, width := w.in.c, w.o, w.in.width()*w.in.c
	across, down := w.w/2, w.h/2
	most := wholeTiles[T](min(w.lines, n*down) * across)
	pool := memory.Scratch[T]()
	left, product := pool.Get(places*plane(most*c)), pool.Get(places*plane(most*o))
	for first := 0; first < n*down; first += w.lines {
		lines := min(w.lines, n*down-first)
		rows := wholeTiles[T](lines * across)
		leftPlane, productPlane := plane(rows*c), plane(rows*o)
		for i := range lines {
			image, line := (first+i)/down, (first+i)%down
			simd.WinogradInput(left[i*across*c:], leftPlane, images[image*w.in.size()+2*line*width:], width, across, c)
		}
		w.products(product, productPlane, left, leftPlane, rows)
		for i := range lines {
			// Outputs have no margins, so those of all images are lines one after another.
			simd.WinogradOutput(out[2*(first+i)*w.w*o:], w.w*o, product[i*across*o:], productPlane, across, o, update)
		}
	}
	pool.Put(left)
	pool.Put(product)
}

// products stores the products of rows tiles with the weights.
func (w *winograd[T]) products(product []T, productPlane int, left []T, leftPlane, rows int) {
	c, nr := w.in.c, simd.NR[T]()
	args := simd.RowTiles[T]{From: w.from[:rows], To: w.to[:rows], Segs: w.segs, Length: w.length}
	for p := range places {
		args.A = left[p*leftPlane:]
		packed := w.packed[p*len(w.packed)/places:]
		for col := 0; col < w.o; col += nr {
			args.B, args.C, args.Cols = packed[col*c:], product[p*productPlane+col:], min(nr, w.o-col)
			simd.TileRows(&args)
		}
	}
}

// weightBlock is how many elements of a weight are transformed at a time.
const weightBlock = 256

// transformWeight stores the elements lo to hi of the sixteen places of G·g·Gᵀ, of the
// nine taps of g. A place and a tap have size elements.
func transformWeight[T tensor.Float](dst, g []T, size, lo, hi int) {
	var buf [4 * 3 * weightBlock]T
	for ; lo < hi; lo += weightBlock {
		n := min(weightBlock, hi-lo)
		tap := func(u, v int) []T { return g[(3*u+v)*size+lo:][:n] }
		half := func(i, v int) []T { return buf[(3*i+v)*weightBlock:][:n] }
		place := func(i, j int) []T { return dst[(4*i+j)*size+lo:][:n] }
		for v := range 3 {
			timesG(half(0, v), half(1, v), half(2, v), half(3, v), tap(0, v), tap(1, v), tap(2, v))
		}
		for i := range 4 {
			timesG(place(i, 0), place(i, 1), place(i, 2), place(i, 3), half(i, 0), half(i, 1), half(i, 2))
		}
	}
}

// timesG stores G·(g0, g1, g2).
func timesG[T tensor.Float](d0, d1, d2, d3, g0, g1, g2 []T) {
	simd.Add(d1, g0, g2)
	simd.Sub(d2, d1, g1)
	simd.Add(d1, d1, g1)
	simd.Scale(d1, d1, 0.5)
	simd.Scale(d2, d2, 0.5)
	copy(d0, g0)
	copy(d3, g2)
}
