package eval

import (
	"cmp"
	"context"
	"slices"

	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/tensor"
)

// Neighbor is a row of a bank that is near a query.
type Neighbor struct {
	Row      int
	Distance float64 // 1 − cosine, 0 to 2
}

// Neighbors returns the k rows of the bank (m, d) that are nearest to each of the queries
// (n, d), the nearest first: those that [KNN] lets vote. K above m means m; ties go to the
// earlier row. The error is that of a canceled context. It panics with a
// *tensor.ShapeError where the widths differ.
func Neighbors[T tensor.Float](ctx context.Context, bank, queries *tensor.Tensor[T], k int) ([][]Neighbor, error) {
	b, q := unitRows(bank), unitRows(queries)
	n, m := queries.Dim(0), bank.Dim(0)
	k = min(k, m)
	found := make([][]Neighbor, n)
	for lo := 0; lo < n; lo += knnRows { // bounds the matrix of similarities
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		hi := min(lo+knnRows, n)
		sims := tensor.FromSlice(memory.Scratch[T]().Get((hi-lo)*m), hi-lo, m)
		tensor.MatMulTo(sims, q.Slice(0, lo, hi), b, tensor.NoTrans, tensor.Trans)
		parallel.For(hi-lo, func(i int) {
			near := nearest(make([]neighbor, 0, k), sims.Data()[i*m:(i+1)*m], k)
			slices.SortFunc(near, func(a, b neighbor) int { return cmp.Or(cmp.Compare(b.cos, a.cos), cmp.Compare(a.at, b.at)) })
			for _, v := range near {
				found[lo+i] = append(found[lo+i], Neighbor{v.at, max(0, 1-v.cos)})
			}
		})
		memory.Scratch[T]().Put(sims.Data())
	}
	return found, nil
}
