package tensor

import "entrec/simd"

// weightPixels is about how many output pixels a task sums before it moves to
// the next tile of the weight's gradient: enough to pay for loading and storing
// the tile, few enough that the images stay in the first-level cache.
const weightPixels = 256

// weightParts is into how many consecutive parts the batch is cut for the
// weight's gradient. Each part has a sum of its own, and the sums are joined in
// order, so the bits do not depend on the number of threads.
const weightParts = 16

// Conv2dGradWeightTo stores in dweight (o,c,kh,kw) the gradient of Σ dy·y with
// respect to the weight of [Conv2dTo]:
//
//	dweight[o,c,u,v] = Σ_{n,i,j} dy[n,o,i,j] · x[n,c,i·stride+u−padding,j·stride+v−padding]
//
// x and dy must be channels-last, dweight row-major. The sum over the batch is
// made in at most 16 consecutive parts, which are joined in order.
func Conv2dGradWeightTo[T Float](dweight, x, dy *Tensor[T], s ConvShape) {
	Conv2dGradWeightPassTo(dweight, x, dy, s, ConvPass[T]{})
}

// Conv2dGradWeightPassTo is [Conv2dGradWeightTo] of the x that pass loads. The
// pass has no other effect.
func Conv2dGradWeightPassTo[T Float](dweight, x, dy *Tensor[T], s ConvShape, pass ConvPass[T]) {
	rows, cols := s.KH*s.KW*s.C, gradWeightCols[T](s.O)
	perPart := max(1, (s.N+weightParts-1)/weightParts)
	parts := (s.N + perPart - 1) / perPart
	pool := Scratch[T]()
	sums := pool.Zeroed(max(parts, 1) * rows * cols)
	defer pool.Put(sums)

	xd, dyd := x.Data(), dy.Data()
	Parallel(parts, func(i int) {
		lo, hi := i*perPart, min((i+1)*perPart, s.N)
		sumWeightPart(sums[i*rows*cols:(i+1)*rows*cols], xd, dyd, s, pass, lo, hi)
	})
	total := sums[:rows*cols]
	for i := 1; i < parts; i++ {
		simd.Add(total, total, sums[i*rows*cols:(i+1)*rows*cols])
	}
	dw, taps := dweight.Data(), s.KH*s.KW
	for t := range taps {
		for c := range s.C {
			for o, v := range total[(t*s.C+c)*cols : (t*s.C+c)*cols+s.O] {
				dw[(o*s.C+c)*taps+t] = v
			}
		}
	}
}

// gradWeightCols returns the number of columns that the tiles for o columns have.
func gradWeightCols[T Float](o int) int {
	whole := o / simd.NR[T]() * simd.NR[T]()
	if o == whole {
		return o
	}
	return whole + simd.PanelWidth[T](o-whole)
}

// sumWeightPart adds the images lo ≤ n < hi to sum, the matrix of the gradient:
// row (u,v,c), column o. The rows of one u lie side by side in the image.
func sumWeightPart[T Float](sum, x, dy []T, s ConvShape, pass ConvPass[T], lo, hi int) {
	mr, nr, cols := simd.MR[T](), simd.NR[T](), gradWeightCols[T](s.O)
	oh, ow := s.OutH(), s.OutW()
	in := canvas{h: s.H, w: s.W, c: s.C, top: s.Padding, left: s.Padding, bottom: s.Padding, right: s.Padding}
	width := in.width() * s.C
	// A block is some images, or some rows of one.
	images := max(1, weightPixels/(oh*ow))
	lines := min(oh, max(1, weightPixels/ow))
	if images > 1 {
		lines = oh
	}
	segs := make([]int, 0, images*lines)
	pool := Scratch[T]()
	var right []T // dy, where its rows do not fill the tiles
	if cols != s.O {
		right = pool.Zeroed(images * lines * ow * cols)
		defer pool.Put(right)
	}
	rows := s.KW * s.C
	args := simd.ColumnTiles[T]{Panel: mr, Length: ow, Stride: s.Stride * s.C, LDB: cols, LDC: cols, Rows: rows, Accumulate: true}
	for n := lo; n < hi; n += images {
		count := min(images, hi-n)
		image := paint(in, x[n*s.H*s.W*s.C:], count, mr, pass.Load)
		for top := 0; top < oh; top += lines {
			high := min(lines, oh-top)
			segs = segs[:0]
			for i := range count {
				for j := range high {
					segs = append(segs, i*in.size()+(top+j)*s.Stride*width)
				}
			}
			block := dy[(n*oh+top)*ow*s.O : (n*oh+top)*ow*s.O+count*high*ow*s.O]
			if right != nil {
				for p := range count * high * ow {
					copy(right[p*cols:p*cols+s.O], block[p*s.O:])
				}
				block = right[:count*high*ow*cols]
			}
			args.Segs = segs
			for col := 0; col < s.O; col += nr {
				args.B, args.Cols = block[col:], min(nr, cols-col)
				for u := range s.KH {
					args.A, args.C = image.data[u*width:], sum[u*rows*cols+col:]
					simd.TileColumns(&args)
				}
			}
		}
		image.release()
	}
}
