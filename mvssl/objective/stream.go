package objective

import (
	"math"
	"slices"

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

// similarities are S_ij = scale·( ⟨x_i, y_j⟩ − half_j ) for rows x_i and y_j of d
// elements, less the pairs that are skipped. They exist a tile at a time, forward
// and, recomputed, backward. Sums go by columns in ascending order, so the bits do
// not depend on the number of threads.
//
// The products of a tile are T's; what is summed over a row is float64. Where
// scale is so large that the rounding of the products would show in the
// exponentials, those that count are taken again from products in twice the
// precision.
type similarities[T Float] struct {
	scale float64
	d     int
	half  []float64 // nil: zeros
	// skipSelf leaves out j = i, and halves > 0 also j = i ± halves, the row at the
	// same place in the other half of 2·halves rows.
	skipSelf bool
	halves   int
}

// weights of the rows of a matrix of similarities: w_ij = g_i·e^{S_ij − log_i},
// kept as e^{scale·(s − centre_i)}·factor_i.
type weights[T Float] struct {
	centre, factor []T
	// level, where it is not nil, is factor for a common centre of all rows, top.
	top   T
	level []T
}

// levelSpread is how far apart the logarithms of row sums may lie to be weighted
// from a common centre: what then underflows would have had no weight.
const levelSpread = 16

// newWeights returns w_ij = g_i·e^{S_ij − log_i}.
func (s *similarities[T]) newWeights(g, log []float64) *weights[T] {
	w := &weights[T]{centre: make([]T, len(g)), factor: make([]T, len(g))}
	factor := func(i int, centre T) T { return T(g[i] * math.Exp(s.scale*float64(centre)-log[i])) }
	for i, l := range log {
		if l > math.Inf(-1) { // otherwise the row has no pairs
			w.centre[i] = T(l / s.scale)
			w.factor[i] = factor(i, w.centre[i])
		}
	}
	if slices.Max(log)-slices.Min(log) <= levelSpread {
		w.top, w.level = slices.Max(w.centre), make([]T, len(g))
		for i := range log {
			w.level[i] = factor(i, w.top)
		}
	}
	return w
}

// pack returns the transpose of y, packed for products with it, and what to call
// when it is no longer needed.
func (s *similarities[T]) pack(y []T) (packed []T, done func()) {
	pool := tensor.Scratch[T]()
	m := len(y) / s.d
	packed = pool.Get(simd.PackedSize[T](s.d, m))
	simd.PackB(packed, true, s.d, m, y, s.d)
	return packed, func() { pool.Put(packed) }
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

// tile stores S/scale for the rows x and the columns lo … lo+cols−1 in t, whose
// rows are tileCols apart; first is the number of x's first row. Pairs to be
// skipped get −Inf.
func (s *similarities[T]) tile(t, x, packed []T, first, lo, cols int) {
	rows := len(x) / s.d
	simd.GemmPacked(false, rows, cols, s.d, x, s.d, packed[lo*s.d:], t, tileCols, false)
	for i := range rows {
		row := t[i*tileCols : i*tileCols+cols]
		if s.half != nil {
			for j, h := range s.half[lo : lo+cols] {
				row[j] -= T(h)
			}
		}
		skip := func(column int) {
			if at := column - lo; at >= 0 && at < cols {
				row[at] = T(math.Inf(-1))
			}
		}
		if s.skipSelf {
			skip(first + i)
		}
		if s.halves > 0 {
			skip((first + i + s.halves) % (2 * s.halves))
		}
	}
}

// Exponents above −worth count: below, all of them together weigh next to
// nothing. Where scale is above sharp, float32 errs by 10⁻⁵ in an exponent, and
// float64 by 10⁻¹².
const (
	worth   = 16
	sharp32 = 64
	sharp64 = 4096
)

// exponents turns a row of S/scale − centre into scale·(S/scale − centre). x is the
// row's vector, lo the number of its first column, centre that of each column or a
// single one.
func (s *similarities[T]) exponents(row []T, x, y []T, lo int, centre ...T) {
	simd.Scale(row, row, T(s.scale))
	product, sharp := dot[T], float64(sharp32)
	if _, double := any(row).([]float64); double {
		product, sharp = exactDot[T], sharp64
	}
	if s.scale < sharp {
		return
	}
	for j, e := range row {
		if !(e > -worth) {
			continue
		}
		at := lo + j
		p := product(x, y[at*s.d:(at+1)*s.d])
		if s.half != nil {
			p -= s.half[at]
		}
		row[j] = T(s.scale * (p - float64(centre[j%len(centre)])))
	}
}

// logSums returns o_i = log Σ_j e^{S_ij}, −Inf for a row without pairs.
func (s *similarities[T]) logSums(x, y []T) []float64 {
	packed, done := s.pack(y)
	defer done()
	m := len(y) / s.d
	sums := make([]float64, len(x)/s.d)
	s.rowBlocks(x, func(first int, rows, tile []T) {
		var largest, total [tileRows]float64
		n := len(rows) / s.d
		for i := range n {
			largest[i] = math.Inf(-1)
		}
		for lo := 0; lo < m; lo += tileCols {
			cols := min(tileCols, m-lo)
			s.tile(tile, rows, packed, first, lo, cols)
			for i := range n {
				row := tile[i*tileCols : i*tileCols+cols]
				top := float64(simd.Max(row))
				if math.IsInf(top, -1) {
					continue
				}
				if top > largest[i] {
					total[i] *= math.Exp(s.scale * (largest[i] - top))
					largest[i] = top
				}
				simd.AddScalar(row, row, T(-largest[i]))
				s.exponents(row, rows[i*s.d:(i+1)*s.d], y, lo, T(largest[i]))
				total[i] += float64(simd.ExpSum(row, row, 0))
			}
		}
		for i := range n {
			sums[first+i] = s.scale*largest[i] + math.Log(total[i])
		}
	})
	return sums
}

// weighted stores in dx, for each row x_i,
//
//	scale·Σ_j ( w_ij + w'_ji )·y_j
//
// where w are the weights by the rows of x (byRow) and w' those by the rows of y,
// of which x_i is then a candidate (byCol); either may be nil.
func (s *similarities[T]) weighted(dx, x, y []T, byRow, byCol *weights[T]) {
	packed, done := s.pack(y)
	defer done()
	pool := tensor.Scratch[T]()
	m, d := len(y)/s.d, s.d
	tiles := (m + tileCols - 1) / tileCols
	size := simd.PackedSize[T](tileCols, d)
	right := pool.Get(tiles * size) // y again, packed by blocks of tileCols rows
	defer pool.Put(right)
	for b := range tiles {
		lo := b * tileCols
		simd.PackB(right[b*size:], false, min(tileCols, m-lo), d, y[lo*d:], d)
	}
	s.rowBlocks(x, func(first int, rows, tile []T) {
		n := len(rows) / d
		buf := pool.Get(tileCols)
		defer pool.Put(buf)
		for b := range tiles {
			lo := b * tileCols
			cols := min(tileCols, m-lo)
			s.tile(tile, rows, packed, first, lo, cols)
			for i := range n {
				row, col := tile[i*tileCols:i*tileCols+cols], buf[:cols]
				xi := rows[i*d : (i+1)*d]
				if byRow == byCol && byRow.level != nil { // e^{S_ij} serves both
					simd.AddScalar(row, row, -byRow.top)
					s.exponents(row, xi, y, lo, byRow.top)
					simd.Exp(row, row)
					simd.AddScalar(col, byRow.level[lo:lo+cols], byRow.level[first+i])
					simd.Mul(row, row, col)
					continue
				}
				if byCol != nil {
					centre := byCol.centre[lo : lo+cols]
					simd.Sub(col, row, centre)
					s.exponents(col, xi, y, lo, centre...)
					simd.Exp(col, col)
					simd.Mul(col, col, byCol.factor[lo:lo+cols])
				}
				if byRow != nil {
					simd.AddScalar(row, row, -byRow.centre[first+i])
					s.exponents(row, xi, y, lo, byRow.centre[first+i])
					simd.Exp(row, row)
					simd.Scale(row, row, byRow.factor[first+i])
				}
				switch {
				case byRow == nil:
					copy(row, col)
				case byCol != nil:
					simd.Add(row, row, col)
				}
			}
			simd.GemmPacked(false, n, d, cols, tile, tileCols, right[b*size:], dx[first*d:], d, b > 0)
		}
		out := dx[first*d : first*d+len(rows)]
		simd.Scale(out, out, T(s.scale))
	})
}
