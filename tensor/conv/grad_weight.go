package conv

import (
	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// weightPixels is about how many output pixels a task sums before it moves to
// the next tile of the weight's gradient: enough to pay for loading and storing
// the tile, few enough that the images stay in the first-level cache.
const weightPixels = 256

// For the weight's gradient the batch is cut into at most weightParts consecutive parts
// of at least partPixels output pixels, so that joining the parts costs little. Each part
// has a sum of its own, and the sums are joined in order, so the bits do not depend on
// the number of threads.
const (
	weightParts = 16
	partPixels  = 2048
)

// GradWeightTo stores in dweight (o,c,kh,kw) the gradient of Σ dy·y with
// respect to the weight of [ForwardTo]:
//
//	dweight[o,c,u,v] = Σ_{n,i,j} dy[n,o,i,j] · x[n,c,i·stride+u−padding,j·stride+v−padding]
//
// x and dy must be channels-last, dweight row-major, as for ForwardTo. The sum over
// the batch is made in at most 16 consecutive parts, which are joined in order. By
// Winograd's algorithm a NaN or an infinity may reach taps that do not meet it.
func GradWeightTo[T tensor.Float](dweight, x, dy *tensor.Tensor[T], s Shape) {
	GradWeightPassTo(dweight, x, dy, s, Pass[T]{})
}

// GradWeightPassTo is [GradWeightTo] of the x that pass loads. The pass has no other
// effect.
func GradWeightPassTo[T tensor.Float](dweight, x, dy *tensor.Tensor[T], s Shape, pass Pass[T]) {
	if reason := misfit(s, x, dweight, dy); reason != "" {
		tensor.Refuse("conv.GradWeightTo", reason, dweight.Shape(), x.Shape(), dy.Shape())
	}
	if s.N == 0 {
		clear(dweight.Data())
		return
	}
	if s.isWinograd() {
		winogradGradWeight(dweight.Data(), x.Data(), dy.Data(), s, pass.Load)
		return
	}
	g := newGradWeight(x.Data(), dy.Data(), s, pass)
	size := s.KH * g.rows * g.cols
	pool := memory.Scratch[T]()
	sums := pool.Get(g.parts * size)
	defer pool.Put(sums)
	if g.parts < weightParts {
		// Large weights, few pixels: a task for each row of the kernel.
		parallel.For(g.parts*s.KH, func(i int) {
			part, u := i/s.KH, i%s.KH
			g.sum(sums[part*size:(part+1)*size], part, u, u+1)
		})
	} else {
		parallel.For(g.parts, func(i int) { g.sum(sums[i*size:(i+1)*size], i, 0, s.KH) })
	}
	joinParts(sums, g.parts)
	scatterWeight(dweight.Data(), sums[:size], g.cols, s)
}

// joinParts adds the later parts of sums to the first.
func joinParts[T tensor.Float](sums []T, parts int) {
	size := len(sums) / parts
	parallel.Chunks(size, func(lo, hi int) {
		for i := 1; i < parts; i++ {
			simd.Add(sums[lo:hi], sums[lo:hi], sums[i*size+lo:i*size+hi])
		}
	})
}

// gradWeight is the gradient of a weight as a matrix: row (u,v,c), column o.
type gradWeight[T tensor.Float] struct {
	Shape
	pass           Pass[T]
	x, dy          []T
	in             paddedShape
	oh, ow         int
	rows, cols     int   // of the matrix for one u; cols fill tiles
	parts, perPart int   // and the images of a part
	images, lines  int   // a block is some images, or some rows of one
	segs           []int // where the rows of pixels of a block begin in its images
}

// weightParts returns into how many parts the batch is cut, and the images of one.
func (s Shape) weightParts() (parts, perPart int) {
	parts = max(1, min(weightParts, s.N*s.OutH()*s.OutW()/partPixels))
	perPart = (s.N + parts - 1) / parts
	return (s.N + perPart - 1) / perPart, perPart
}

func newGradWeight[T tensor.Float](x, dy []T, s Shape, pass Pass[T]) *gradWeight[T] {
	g := &gradWeight[T]{Shape: s, pass: pass, x: x, dy: dy, oh: s.OutH(), ow: s.OutW(), rows: s.KW * s.C, cols: gradWeightCols[T](s.O), in: s.padded()}
	g.parts, g.perPart = s.weightParts()
	g.images, g.lines = max(1, weightPixels/(g.oh*g.ow)), min(g.oh, max(1, weightPixels/g.ow))
	if g.images > 1 {
		g.lines = g.oh
	}
	g.segs = make([]int, 0, g.images*g.lines)
	for i := range g.images {
		for j := range g.lines {
			g.segs = append(g.segs, i*g.in.size()+j*s.Stride*g.in.width()*s.C)
		}
	}
	return g
}

// gradWeightCols returns the number of columns that the tiles for o columns have.
func gradWeightCols[T tensor.Float](o int) int {
	whole := o / simd.NR[T]() * simd.NR[T]()
	if o == whole {
		return o
	}
	return whole + simd.PanelWidth[T](o-whole)
}

// sum stores the sum over a part's images in the rows first ≤ u < last of total.
// The rows of one u lie side by side in the image.
func (g *gradWeight[T]) sum(total []T, part, first, last int) {
	mr, nr := simd.MR[T](), simd.NR[T]()
	width, pixels := g.in.width()*g.C, g.lines*g.ow
	pool := memory.Scratch[T]()
	var right []T // dy, where its rows do not fill the tiles
	if g.cols != g.O {
		right = pool.Zeroed(g.images * pixels * g.cols)
		defer pool.Put(right)
	}
	args := simd.ColumnTiles[T]{Panel: mr, Length: g.ow, Stride: g.Stride * g.C, LDB: g.cols, LDC: g.cols, Rows: g.rows}
	lo, hi := part*g.perPart, min((part+1)*g.perPart, g.N)
	for n := lo; n < hi; n += g.images {
		count := min(g.images, hi-n)
		image := pad(g.in, g.x[n*g.H*g.W*g.C:], count, mr, g.pass.Load)
		for top := 0; top < g.oh; top += g.lines {
			high := min(g.lines, g.oh-top)
			args.Segs = g.segs[:count*high]
			block := g.dy[(n*g.oh+top)*g.ow*g.O:][:count*high*g.ow*g.O]
			if right != nil {
				for p := range count * high * g.ow {
					copy(right[p*g.cols:p*g.cols+g.O], block[p*g.O:])
				}
				block = right[:count*high*g.ow*g.cols]
			}
			for col := 0; col < g.O; col += nr {
				args.B, args.Cols = block[col:], min(nr, g.cols-col)
				for u := first; u < last; u++ {
					args.A, args.C = image.data[(top*g.Stride+u)*width:], total[u*g.rows*g.cols+col:]
					simd.TileColumns(&args)
				}
			}
			args.Accumulate = true
		}
		image.release()
	}
}
