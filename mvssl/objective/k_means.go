package objective

import (
	"context"
	"math"
	"math/rand/v2"

	"entrec/internal/memory"
	"entrec/internal/message"
	"entrec/simd"
	"entrec/tensor"
)

// KMeans clusters the rows of x (n, d) by Lloyd's iterations: each row goes to its
// nearest centroid, then each centroid to the mean of its rows. It returns the
// centroids (clusters, d) after the given number of iterations and the label of
// the centroid nearest to each row. Centroids begin as rows drawn without
// replacement.
//
// A cluster left empty takes over half of another's rows: a donor is drawn with a
// probability that grows with its size − 1, and the two centroids are the donor's,
// moved apart by a part in 1024, up and down in alternate coordinates. That is
// DeepCluster's k-means (Caron et al., 2018; facebookresearch/faiss
// Clustering.cpp, split_clusters).
//
// The result is a function of rng's state and x, whatever the number of threads.
// Once ctx is done, its cause is the error. It panics with a *tensor.ShapeError unless
// 1 ≤ clusters ≤ n.
func KMeans[T Float](ctx context.Context, rng *rand.Rand, x *tensor.Tensor[T], clusters, iterations int) (centroids *tensor.Tensor[T], labels []int, err error) {
	c := newClustering("objective.KMeans", rng, x, clusters)
	for range iterations {
		labels, err := c.assign(ctx, c.halfSquares())
		if err != nil {
			return nil, nil, err
		}
		means, sizes := c.sums(labels), make([]int, clusters)
		for _, l := range labels {
			sizes[l]++
		}
		for l, size := range sizes {
			if size == 0 {
				continue
			}
			for j := range c.d {
				c.centroids[l*c.d+j] = T(means[l*c.d+j] / float64(size))
			}
		}
		c.refill(rng, sizes)
	}
	labels, err = c.assign(ctx, c.halfSquares())
	return tensor.FromSlice(c.centroids, clusters, c.d), labels, err
}

// SphericalKMeans clusters the unit rows of x (n, d) by their cosines: each row
// goes to the centroid with which its product is largest, then each centroid to
// the direction of the sum of its rows; one without rows stays. It returns the
// centroids (clusters, d), unit rows, after the given number of iterations and the
// label of each row. Centroids begin as rows drawn without replacement. That is
// DeepCluster-v2 (Caron et al., 2020; facebookresearch/swav main_deepclusterv2.py,
// cluster_memory, with 10 iterations).
//
// The result is a function of rng's state and x, whatever the number of threads.
// Once ctx is done, its cause is the error. It panics with a *tensor.ShapeError unless
// 1 ≤ clusters ≤ n.
func SphericalKMeans[T Float](ctx context.Context, rng *rand.Rand, x *tensor.Tensor[T], clusters, iterations int) (centroids *tensor.Tensor[T], labels []int, err error) {
	c := newClustering("objective.SphericalKMeans", rng, x, clusters)
	for range iterations {
		labels, err := c.assign(ctx, nil)
		if err != nil {
			return nil, nil, err
		}
		sums := c.sums(labels)
		for l := range clusters {
			row := sums[l*c.d : (l+1)*c.d]
			if norm := math.Sqrt(dot(row, row)); norm > normalizeEps {
				for j, v := range row {
					c.centroids[l*c.d+j] = T(v / norm)
				}
			}
		}
	}
	labels, err = c.assign(ctx, nil)
	return tensor.FromSlice(c.centroids, clusters, c.d), labels, err
}

// clustering is rows x of d elements and the centroids among them.
type clustering[T Float] struct {
	d            int
	x, centroids []T
}

func newClustering[T Float](op string, rng *rand.Rand, x *tensor.Tensor[T], clusters int) *clustering[T] {
	checkMatrix(op, x)
	n, d := x.Dim(0), x.Dim(1)
	if clusters < 1 || clusters > n {
		tensor.Refuse(op, message.Sprintf("%d clusters of %d rows", clusters, n), x.Shape())
	}
	c := &clustering[T]{d: d, x: tensor.Contiguous(x).Data(), centroids: make([]T, clusters*d)}
	for l, i := range rng.Perm(n)[:clusters] {
		copy(c.centroids[l*d:(l+1)*d], c.x[i*d:(i+1)*d])
	}
	return c
}

// halfSquares returns ½‖centroid‖²: the nearest centroid c is the one with the
// largest ⟨x, c⟩ − ½‖c‖².
func (c *clustering[T]) halfSquares() []float64 {
	half := make([]float64, len(c.centroids)/c.d)
	for l := range half {
		row := c.centroids[l*c.d : (l+1)*c.d]
		half[l] = dot(row, row) / 2
	}
	return half
}

// assign returns for each row of x the centroid with the largest ⟨x, c⟩ − half, the
// first among equals. The error is the cause of a context that is done.
func (c *clustering[T]) assign(ctx context.Context, half []float64) ([]int, error) {
	s := &similarities[T]{scale: 1, d: c.d, half: half}
	packed := s.packColumns(c.centroids)
	defer memory.Scratch[T]().Put(packed)
	clusters := len(c.centroids) / c.d
	labels := make([]int, len(c.x)/c.d)
	s.rowBlocks(c.x, func(first int, rows, tile []T) {
		if ctx.Err() != nil {
			return
		}
		var best [tileRows]T
		for lo := 0; lo < clusters; lo += tileCols {
			cols := min(tileCols, clusters-lo)
			s.tile(tile, tileCols, rows, packed, first, lo, cols)
			for i := range len(rows) / c.d {
				row := tile[i*tileCols : i*tileCols+cols]
				if top := simd.Max(row); lo == 0 || top > best[i] {
					best[i] = top
					for j, v := range row {
						if v == top {
							labels[first+i] = lo + j
							break
						}
					}
				}
			}
		}
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return labels, nil
}

// sums returns the sum of the rows of each label (clusters, d).
func (c *clustering[T]) sums(labels []int) []float64 {
	sums := make([]float64, len(c.centroids))
	blocks(c.d, func(lo, hi int) {
		for i, l := range labels {
			for j := lo; j < hi; j++ {
				sums[l*c.d+j] += float64(c.x[i*c.d+j])
			}
		}
	})
	return sums
}

// refill gives every cluster of size 0 half of a donor.
func (c *clustering[T]) refill(rng *rand.Rand, sizes []int) {
	spare := 0 // rows beyond the first of their cluster
	for _, size := range sizes {
		spare += max(size-1, 0)
	}
	for l, size := range sizes {
		if size > 0 {
			continue
		}
		donor, draw := 0, rng.IntN(spare)
		for draw -= max(sizes[0]-1, 0); draw >= 0; draw -= max(sizes[donor]-1, 0) {
			donor++
		}
		from, to := c.centroids[donor*c.d:(donor+1)*c.d], c.centroids[l*c.d:(l+1)*c.d]
		for j, v := range from {
			apart := v / 1024
			if j%2 == 1 {
				apart = -apart
			}
			to[j], from[j] = v+apart, v-apart
		}
		sizes[l] = sizes[donor] / 2
		sizes[donor] -= sizes[l]
		spare--
	}
}
