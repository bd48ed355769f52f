package objective

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// Tiles of the matrix of similarities have tileRows rows, which one task works
// through, and tileCols columns: a tile stays in the second-level cache. tileCols
// is a multiple of every simd.NR.
const (
	tileRows = 64
	tileCols = 512
)

// rowLogSumExp returns, for rows a_i (n, d) and b_j (m, d),
//
//	y_i = log Σ_j e^{scale·⟨a_i, b_j⟩}
//
// without j = i if skipSelf, for which a and b must have as many rows. It streams:
// the similarities exist a tile at a time, forward and, recomputed, backward.
// Sums go by columns in ascending order, so the bits do not depend on the number
// of threads. a and b may be the same Var. Gradient, with P_ij = g_i·e^{S_ij−y_i}:
//
//	da = scale·P·b,  db = scale·Pᵀ·a
func rowLogSumExp[T Float](a, b *autograd.Var[T], scale float64, skipSelf bool) *autograd.Var[T] {
	s := &similarities[T]{scale: T(scale), skipSelf: skipSelf, d: a.Value.Dim(1)}
	ad, bd := tensor.Contiguous(a.Value).Data(), tensor.Contiguous(b.Value).Data()
	y := tensor.New[T](a.Value.Dim(0))
	s.forward(y.Data(), ad, bd)
	if a == b {
		return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
			w := &weights[T]{tensor.Contiguous(g).Data(), y.Data()}
			s.backward(dst[0].Data(), ad, ad, w, w)
		}, a)
	}
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		w := &weights[T]{tensor.Contiguous(g).Data(), y.Data()}
		if dst[0] != nil {
			s.backward(dst[0].Data(), ad, bd, w, nil)
		}
		if dst[1] != nil {
			s.backward(dst[1].Data(), bd, ad, nil, w)
		}
	}, a, b)
}

// similarities is S = scale·x·yᵀ for rows of d elements, a tile at a time.
type similarities[T Float] struct {
	scale    T
	skipSelf bool
	d        int
}

// weights are the gradients g of row sums and those sums' logarithms.
type weights[T Float] struct{ g, lse []T }

// pack returns the transpose of y, packed for products with it, and what to call
// when it is no longer needed.
func (s *similarities[T]) pack(y []T) (packed []T, done func()) {
	pool := tensor.Scratch[T]()
	m := len(y) / s.d
	packed = pool.Get(simd.PackedSize[T](s.d, m))
	simd.PackB(packed, true, s.d, m, y, s.d)
	return packed, func() { pool.Put(packed) }
}

// tile stores S for the rows x and the columns lo … lo+cols−1 in t, whose rows are
// tileCols apart; first is the number of x's first row. Where the row meets
// itself, it puts −Inf, if that is to be skipped.
func (s *similarities[T]) tile(t, x, packed []T, first, lo, cols int) {
	rows := len(x) / s.d
	simd.GemmPacked(false, rows, cols, s.d, x, s.d, packed[lo*s.d:], t, tileCols, false)
	for i := range rows {
		row := t[i*tileCols : i*tileCols+cols]
		simd.Scale(row, row, s.scale)
		if at := first + i - lo; s.skipSelf && at >= 0 && at < cols {
			row[at] = simd.Max[T](nil) // −Inf
		}
	}
}

// rowBlocks calls f for each block of tileRows rows of x with a tile to work in.
func (s *similarities[T]) rowBlocks(x []T, f func(first int, rows, tile []T)) {
	n := len(x) / s.d
	tensor.Parallel((n+tileRows-1)/tileRows, func(i int) {
		lo, hi := i*tileRows, min((i+1)*tileRows, n)
		pool := tensor.Scratch[T]()
		t := pool.Get(tileRows * tileCols)
		defer pool.Put(t)
		f(lo, x[lo*s.d:hi*s.d], t)
	})
}

// forward stores the logarithms of the row sums of e^S in lse.
func (s *similarities[T]) forward(lse, x, y []T) {
	packed, done := s.pack(y)
	defer done()
	m := len(y) / s.d
	s.rowBlocks(x, func(first int, rows, tile []T) {
		var largest, sum [tileRows]T
		n := len(rows) / s.d
		for i := range n {
			largest[i] = simd.Max[T](nil)
		}
		for lo := 0; lo < m; lo += tileCols {
			cols := min(tileCols, m-lo)
			s.tile(tile, rows, packed, first, lo, cols)
			for i := range n {
				row := tile[i*tileCols : i*tileCols+cols]
				top := simd.Max(row)
				if top > largest[i] {
					sum[i] *= exp(largest[i] - top)
					largest[i] = top
				}
				if largest[i] > simd.Max[T](nil) || top != top {
					sum[i] += simd.ExpSum(row, row, largest[i])
				}
			}
		}
		for i := range n {
			lse[first+i] = largest[i] + log(sum[i])
		}
	})
}

// backward stores in dx, for each row x_i,
//
//	scale·Σ_j ( g_i·e^{S_ij − lse_i} + g'_j·e^{S_ij − lse'_j} )·y_j
//
// the first part from the row sums that x_i heads (byRow), the second from those
// in which it is a candidate (byCol); either may be nil.
func (s *similarities[T]) backward(dx, x, y []T, byRow, byCol *weights[T]) {
	packed, done := s.pack(y)
	defer done()
	pool := tensor.Scratch[T]()
	m, d := len(y)/s.d, s.d
	blocks := (m + tileCols - 1) / tileCols
	size := simd.PackedSize[T](tileCols, d)
	right := pool.Get(blocks * size) // y again, packed by blocks of tileCols rows
	defer pool.Put(right)
	for b := range blocks {
		lo := b * tileCols
		simd.PackB(right[b*size:], false, min(tileCols, m-lo), d, y[lo*d:], d)
	}
	s.rowBlocks(x, func(first int, rows, tile []T) {
		n := len(rows) / d
		buf := pool.Get(tileCols)
		defer pool.Put(buf)
		for b := range blocks {
			lo := b * tileCols
			cols := min(tileCols, m-lo)
			s.tile(tile, rows, packed, first, lo, cols)
			for i := range n {
				row := tile[i*tileCols : i*tileCols+cols]
				if byCol != nil {
					col := buf[:cols]
					simd.Sub(col, row, byCol.lse[lo:lo+cols])
					simd.Exp(col, col)
					simd.Mul(col, col, byCol.g[lo:lo+cols])
				}
				if byRow != nil {
					simd.ExpSum(row, row, byRow.lse[first+i])
					simd.Scale(row, row, byRow.g[first+i])
					if byCol != nil {
						simd.Add(row, row, buf[:cols])
					}
				} else {
					copy(row, buf[:cols])
				}
			}
			simd.GemmPacked(false, n, d, cols, tile, tileCols, right[b*size:], dx[first*d:], d, b > 0)
		}
		out := dx[first*d : first*d+len(rows)]
		simd.Scale(out, out, s.scale)
	})
}
