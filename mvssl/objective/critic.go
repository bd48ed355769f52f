package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// critic are the scores u_nmp = ⟨g_n, l_mp⟩ of the global features of k images, (k, u),
// with the local ones at p places of each, (k, p, u): joint where m = n, of the product
// of the marginals where not. They are float64, and exist some rows at a time, forward and,
// recomputed, backward.
type critic[T Float] struct {
	k, p, u       int
	global, local []float64
}

// newCritic panics with a *tensor.ShapeError unless there are two images at least, each
// with a place, and features as wide.
func newCritic[T Float](op string, global, local *autograd.Var[T]) *critic[T] {
	g, l := global.Value, local.Value
	if g.Rank() != 2 || l.Rank() != 3 || g.Len() == 0 || l.Len() == 0 || g.Dim(0) < 2 || g.Dim(0) != l.Dim(0) || g.Dim(1) != l.Dim(2) {
		tensor.Refuse(op, "(k, u) and (k, p, u) with at least two images are needed", g.Shape(), l.Shape())
	}
	wide := func(x *tensor.Tensor[T]) []float64 { return tensor.Contiguous(tensor.Convert[float64](x)).Data() }
	return &critic[T]{l.Dim(0), l.Dim(1), l.Dim(2), wide(g), wide(l)}
}

// own reports whether a place, m·p + p, is in image n.
func (c *critic[T]) own(n, place int) bool { return place/c.p == n }

// scores stores those of images [n, n+rows) with places [place, place+cols) in tile.
func (c *critic[T]) scores(tile []float64, n, rows, place, cols int) {
	simd.Gemm(simd.NoTrans, simd.Trans, rows, cols, c.u, c.global[n*c.u:], c.u, c.local[place*c.u:], c.u, tile, cols, simd.Overwrite)
}

// rows calls f for each n with its scores with all places, which f may change.
func (c *critic[T]) rows(f func(n int, scores []float64)) {
	places := c.k * c.p
	blocks(c.k, func(lo, hi int) {
		tile := make([]float64, (hi-lo)*places)
		c.scores(tile, lo, hi-lo, 0, places)
		for n := lo; n < hi; n++ {
			f(n, tile[(n-lo)*places:(n-lo+1)*places])
		}
	})
}

// split parts a row of scores into those with the image's own places and those with all
// others.
func (c *critic[T]) split(n int, scores []float64) (own, others []float64) {
	own = append(own, scores[n*c.p:(n+1)*c.p]...)
	return own, append(scores[:n*c.p], scores[(n+1)*c.p:]...)
}

// loss is a function of the scores whose derivative with respect to each is slope, of
// the score and of where it stands.
func (c *critic[T]) loss(value float64, slope func(n, place int, score float64) float64, global, local *autograd.Var[T]) *autograd.Var[T] {
	places := c.k * c.p
	return autograd.Function(tensor.Scalar(T(value)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		weigh := func(tile []float64, n, place, cols int) {
			for i := range tile {
				tile[i] = float64(g.Item()) * slope(n+i/cols, place+i%cols, tile[i])
			}
		}
		if dst[0] != nil {
			blocks(c.k, func(lo, hi int) {
				tile, sums := make([]float64, (hi-lo)*places), make([]float64, (hi-lo)*c.u)
				c.scores(tile, lo, hi-lo, 0, places)
				weigh(tile, lo, 0, places)
				simd.Gemm(simd.NoTrans, simd.NoTrans, hi-lo, c.u, places, tile, places, c.local, c.u, sums, c.u, simd.Overwrite)
				round(dst[0].Data()[lo*c.u:], sums)
			})
		}
		if dst[1] != nil {
			blocks(places, func(lo, hi int) {
				tile, sums := make([]float64, c.k*(hi-lo)), make([]float64, (hi-lo)*c.u)
				c.scores(tile, 0, c.k, lo, hi-lo)
				weigh(tile, 0, lo, hi-lo)
				simd.Gemm(simd.Trans, simd.NoTrans, hi-lo, c.u, c.k, tile, hi-lo, c.global, c.u, sums, c.u, simd.Overwrite)
				round(dst[1].Data()[lo*c.u:], sums)
			})
		}
	}, global, local)
}

// round stores float64 numbers in T.
func round[T Float](dst []T, x []float64) {
	for i, v := range x {
		dst[i] = T(v)
	}
}
