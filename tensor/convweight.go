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
	mr, nr := simd.MR[T](), simd.NR[T]()
	m := s.KH * s.KW * s.C
	rows, cols := (m+mr-1)/mr*mr, (s.O+nr-1)/nr*nr
	perPart := max(1, (s.N+weightParts-1)/weightParts)
	parts := (s.N + perPart - 1) / perPart
	pool := Scratch[T]()
	sums := pool.Zeroed(max(parts, 1) * rows * cols)
	defer pool.Put(sums)

	from := gradWeightRows(s, rows)
	xd, dyd := x.Data(), dy.Data()
	Parallel(parts, func(i int) {
		lo, hi := i*perPart, min((i+1)*perPart, s.N)
		sumWeightPart(sums[i*rows*cols:(i+1)*rows*cols], cols, from, xd, dyd, s, lo, hi)
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

// gradWeightRows returns, for each row (u,v,c) of the gradient's matrix, the
// offset of the first pixel that it meets; rows beyond the last repeat the first.
func gradWeightRows(s ConvShape, rows int) []int {
	width := (s.W + 2*s.Padding) * s.C
	from := make([]int, 0, rows)
	for u := range s.KH {
		for v := range s.KW {
			for c := range s.C {
				from = append(from, u*width+v*s.C+c)
			}
		}
	}
	for len(from) < rows {
		from = append(from, 0)
	}
	return from
}

// sumWeightPart adds the images lo ≤ n < hi to sum, a matrix of len(from) rows.
func sumWeightPart[T Float](sum []T, cols int, from []int, x, dy []T, s ConvShape, lo, hi int) {
	mr, nr := simd.MR[T](), simd.NR[T]()
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
	padded := s.O%nr != 0 && s.O%nr != nr/2 // rows of dy do not fill the tiles
	pool := Scratch[T]()
	var right []T
	if padded {
		right = pool.Zeroed(images * lines * ow * cols)
		defer pool.Put(right)
	}
	args := simd.TileArgs[T]{Length: ow, Stride: s.Stride * s.C, LDB: s.O, LDC: cols, Accumulate: true}
	if padded {
		args.LDB = cols
	}
	for n := lo; n < hi; n += images {
		count := min(images, hi-n)
		image, done := paint(in, x[n*s.H*s.W*s.C:], count)
		for top := 0; top < oh; top += lines {
			high := min(lines, oh-top)
			segs = segs[:0]
			for i := range count {
				for j := range high {
					segs = append(segs, i*in.size()+(top+j)*s.Stride*width)
				}
			}
			block := dy[(n*oh+top)*ow*s.O : (n*oh+top)*ow*s.O+count*high*ow*s.O]
			if padded {
				for p := range count * high * ow {
					copy(right[p*cols:p*cols+s.O], block[p*s.O:])
				}
				block = right[:count*high*ow*cols]
			}
			args.A, args.Segs = image, segs
			for col := 0; col < s.O; col += nr {
				args.B, args.Cols = block[col:], tileCols(s.O-col, nr)
				for r := 0; r < len(from); r += mr {
					args.Rows, args.C = from[r:r+mr], sum[r*cols+col:]
					simd.Tile(&args)
				}
			}
		}
		done()
	}
}
