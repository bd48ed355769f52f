package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// critic are the scores u_nmp = ⟨g_n, l_mp⟩ of the global features of k images, (k, u),
// with the local ones at p places of each, (k, p, u): joint where m = n, of the product
// of the marginals where not. They are float64, and exist a row at a time, forward and,
// recomputed, backward.
type critic[T Float] struct {
	k, p, u       int
	global, local []T
}

// newCritic panics with a *tensor.ShapeError unless there are two images at least, each
// with a place, and features as wide.
func newCritic[T Float](op string, global, local *autograd.Var[T]) *critic[T] {
	g, l := global.Value, local.Value
	if g.Rank() != 2 || l.Rank() != 3 || g.Len() == 0 || l.Len() == 0 || g.Dim(0) < 2 || g.Dim(0) != l.Dim(0) || g.Dim(1) != l.Dim(2) {
		tensor.Refuse(op, "(k, u) and (k, p, u) with at least two images are needed", g.Shape(), l.Shape())
	}
	return &critic[T]{l.Dim(0), l.Dim(1), l.Dim(2), tensor.Contiguous(g).Data(), tensor.Contiguous(l).Data()}
}

// score returns u_nmp; place is m·p + p.
func (c *critic[T]) score(n, place int) float64 {
	return dot(c.global[n*c.u:(n+1)*c.u], c.local[place*c.u:(place+1)*c.u])
}

// own reports whether a place is in image n.
func (c *critic[T]) own(n, place int) bool { return place/c.p == n }

// rows calls f for each n with its scores with all places, which f may change.
func (c *critic[T]) rows(f func(n int, scores []float64)) {
	blocks(c.k, func(lo, hi int) {
		scores := make([]float64, c.k*c.p)
		for n := lo; n < hi; n++ {
			for place := range scores {
				scores[place] = c.score(n, place)
			}
			f(n, scores)
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
	return autograd.Function(tensor.Scalar(T(value)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		weight := func(n, place int) float64 {
			return float64(g.Item()) * slope(n, place, c.score(n, place))
		}
		if dst[0] != nil {
			c.sums(dst[0].Data(), c.k, c.local, weight)
		}
		if dst[1] != nil {
			c.sums(dst[1].Data(), c.k*c.p, c.global, func(place, n int) float64 { return weight(n, place) })
		}
	}, global, local)
}

// sums stores in each of count rows i of dx the sum over the rows j of x of
// weight(i, j)·x_j.
func (c *critic[T]) sums(dx []T, count int, x []T, weight func(i, j int) float64) {
	blocks(count, func(lo, hi int) {
		sum := make([]float64, c.u)
		for i := lo; i < hi; i++ {
			clear(sum)
			for j := range len(x) / c.u {
				w := weight(i, j)
				for at, v := range x[j*c.u : (j+1)*c.u] {
					sum[at] += w * float64(v)
				}
			}
			for at, v := range sum {
				dx[i*c.u+at] = T(v)
			}
		}
	})
}
