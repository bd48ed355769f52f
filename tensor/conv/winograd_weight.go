package conv

import (
	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// winogradGradWeight stores the gradient of the weight of s in dweight,
//
//	Gᵀ·[ Σ (Bᵀ·d·B) ⊙ (A·dy·Aᵀ) ]·G
//
// over all tiles: again a matrix product for each place, whose rows are input channels and
// columns output channels.
func winogradGradWeight[T tensor.Float](dweight, x, dy []T, s Shape, load func(dst, src []T)) {
	w := &winogradWeight[T]{Shape: s, load: load, x: x, dy: dy, in: s.padded()}
	size := s.C * s.O
	pool := memory.Scratch[T]()
	parts, perPart := s.weightParts()
	if parts < weightParts {
		parts = 1
	}
	sums := pool.Get(parts * places * size)
	if parts == 1 {
		w.sum(sums, 0, s.N, max(tilesAtOnce, sharedElements/(places*(s.C+s.O))), parallel.For)
	} else {
		parallel.For(parts, func(i int) {
			w.sum(sums[i*places*size:(i+1)*places*size], i*perPart, min((i+1)*perPart, s.N), tilesAtOnce, inOrder)
		})
	}
	joinParts(sums, parts)
	g := pool.Get(s.KH * s.KW * size)
	parallel.Chunks(size, func(lo, hi int) { transformWeightGrad(g, sums, size, lo, hi) })
	pool.Put(sums)
	scatterWeight(dweight, g, s.O, s)
	pool.Put(g)
}

// sharedElements is about how many elements of transformed tiles all threads multiply
// together.
const sharedElements = 1 << 20

// inOrder calls f(0), …, f(n-1).
func inOrder(n int, f func(i int)) {
	for i := range n {
		f(i)
	}
}

type winogradWeight[T tensor.Float] struct {
	Shape
	load  func(dst, src []T)
	x, dy []T
	in    paddedShape
}

// sum stores the sums over the tiles of the images lo ≤ n < hi in total, about the given
// number of tiles at a time. each is [parallel.For] or [inOrder].
func (w *winogradWeight[T]) sum(total []T, lo, hi, tiles int, each func(n int, f func(i int))) {
	across, down := w.OutW()/2, w.OutH()/2
	images, lines := max(1, min(hi-lo, tiles/(across*down))), min(down, max(1, tiles/across))
	mr := simd.MR[T]()
	most := images * lines * across
	pool := memory.Scratch[T]()
	left, right := pool.Get(places*plane(most*w.C)+mr), pool.Get(places*plane(most*w.O))
	padded := make([]paddedImages[T], images)
	segs := []int{0}
	var n, count, top, high, leftPlane, rightPlane int // of the tiles that are next
	padImage := func(i int) { padded[i] = pad(w.in, w.x[(n+i)*w.H*w.W*w.C:], 1, 0, w.load) }
	transform := func(i int) { // a line of tiles
		image, row, at := i/high, 2*(top+i%high), i*across
		width, outWidth := w.in.width()*w.C, w.OutW()*w.O
		simd.WinogradInput(left[at*w.C:], leftPlane, padded[image].data[row*width:], width, across, w.C)
		simd.WinogradGrad(right[at*w.O:], rightPlane, w.dy[((n+image)*w.OutH()+row)*outWidth:], outWidth, across, w.O)
	}
	multiply := func(p int) {
		args := simd.ColumnTiles[T]{A: left[p*leftPlane:], Panel: mr, Segs: segs, Length: count * high * across, Stride: w.C,
			LDB: w.O, LDC: w.O, Rows: w.C, Accumulate: n > lo || top > 0}
		for col := 0; col < w.O; col += simd.NR[T]() {
			args.B, args.C = right[p*rightPlane+col:], total[p*w.C*w.O+col:]
			args.Cols = min(simd.NR[T](), w.O-col)
			simd.TileColumns(&args)
		}
	}
	for n = lo; n < hi; n += images {
		count = min(images, hi-n)
		each(count, padImage)
		for top = 0; top < down; top += lines {
			high = min(lines, down-top)
			leftPlane, rightPlane = plane(count*high*across*w.C), plane(count*high*across*w.O)
			each(count*high, transform)
			each(places, multiply)
		}
		for _, p := range padded[:count] {
			p.release()
		}
	}
	pool.Put(left)
	pool.Put(right)
}

// transformWeightGrad stores the elements lo to hi of the nine taps of Gᵀ·m·G, of the
// sixteen places of m. A tap and a place have size elements.
func transformWeightGrad[T tensor.Float](dst, m []T, size, lo, hi int) {
	var buf [3 * 4 * weightBlock]T
	for ; lo < hi; lo += weightBlock {
		n := min(weightBlock, hi-lo)
		place := func(i, j int) []T { return m[(4*i+j)*size+lo:][:n] }
		half := func(u, j int) []T { return buf[(4*u+j)*weightBlock:][:n] }
		tap := func(u, v int) []T { return dst[(3*u+v)*size+lo:][:n] }
		for j := range 4 {
			timesGT(half(0, j), half(1, j), half(2, j), place(0, j), place(1, j), place(2, j), place(3, j))
		}
		for u := range 3 {
			timesGT(tap(u, 0), tap(u, 1), tap(u, 2), half(u, 0), half(u, 1), half(u, 2), half(u, 3))
		}
	}
}

// timesGT stores Gᵀ·(m0, m1, m2, m3).
func timesGT[T tensor.Float](d0, d1, d2, m0, m1, m2, m3 []T) {
	simd.Sub(d1, m1, m2)
	simd.Scale(d1, d1, 0.5)
	simd.Add(d2, m1, m2)
	simd.Scale(d2, d2, 0.5)
	simd.Add(d0, m0, d2)
	simd.Add(d2, d2, m3)
}
