package objective

import (
	"math"

	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
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
	// rowSkips leaves out one j for each i, rowSkips[i]; columnSkips one i for each j.
	rowSkips, columnSkips []int
	// plain leaves products in T however large scale is.
	plain bool
}

// weights of the rows of a matrix of similarities: w_ij = g_i·e^{S_ij − log_i}.
type weights struct{ g, log []float64 }

// factor returns by how much e^{S_ij − center} must be multiplied to give w_ij: 0 in
// a row without pairs.
func (w *weights) factor(i int, center float64) float64 {
	if math.IsInf(w.log[i], -1) {
		return 0
	}
	return w.g[i] * math.Exp(center-w.log[i])
}

// centered returns w_ij as e^{scale·(S_ij/scale − centre_i)}·factor_i.
func (s *similarities[T]) centered(w *weights) (center, factor []T) {
	if w == nil {
		return nil, nil
	}
	center, factor = make([]T, len(w.g)), make([]T, len(w.g))
	for i, l := range w.log {
		if !math.IsInf(l, -1) {
			center[i] = T(l / s.scale)
		}
		factor[i] = T(w.factor(i, s.scale*float64(center[i])))
	}
	return center, factor
}

// packColumns returns the transpose of y, packed for products from the left.
func (s *similarities[T]) packColumns(y []T) []T {
	m := len(y) / s.d
	packed := memory.Scratch[T]().Get(simd.PackedSize[T](s.d, m))
	parallel.For((m+tileCols-1)/tileCols, func(i int) {
		lo, hi := i*tileCols, min((i+1)*tileCols, m)
		simd.PackB(packed[lo*s.d:], simd.Trans, s.d, hi-lo, y[lo*s.d:], s.d)
	})
	return packed
}

// packRows returns y packed for products from the left, a block of rows after the
// other: the one from row i on begins at simd.PackedSize(i, d).
func (s *similarities[T]) packRows(y []T, block int) []T {
	m := len(y) / s.d
	packed := memory.Scratch[T]().Get(simd.PackedSize[T](m, s.d))
	parallel.For((m+block-1)/block, func(i int) {
		lo, hi := i*block, min((i+1)*block, m)
		simd.PackB(packed[simd.PackedSize[T](lo, s.d):], simd.NoTrans, hi-lo, s.d, y[lo*s.d:], s.d)
	})
	return packed
}

// rowBlocks calls f for each block of tileRows rows of x with a tile to work in.
func (s *similarities[T]) rowBlocks(x []T, f func(first int, rows, tile []T)) {
	n := len(x) / s.d
	parallel.For((n+tileRows-1)/tileRows, func(i int) {
		lo, hi := i*tileRows, min((i+1)*tileRows, n)
		pool := memory.Scratch[T]()
		t := pool.Get(tileRows * tileCols)
		defer pool.Put(t)
		f(lo, x[lo*s.d:hi*s.d], t)
	})
}

// tile stores S/scale for the rows x and the columns lo … lo+cols−1 in t, whose
// rows are ld apart; first is the number of x's first row. Pairs to be skipped get
// −Inf.
func (s *similarities[T]) tile(t []T, ld int, x, packed []T, first, lo, cols int) {
	rows := len(x) / s.d
	simd.GemmPacked(simd.NoTrans, rows, cols, s.d, x, s.d, packed[lo*s.d:], t, ld, simd.Overwrite)
	for i := range rows {
		row := t[i*ld : i*ld+cols]
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
		if s.rowSkips != nil {
			skip(s.rowSkips[first+i])
		}
	}
	if s.columnSkips != nil {
		for j, row := range s.columnSkips[lo : lo+cols] {
			if at := row - first; at >= 0 && at < rows {
				t[at*ld+j] = T(math.Inf(-1))
			}
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

// exponents turns a row of S/scale − center into scale·(S/scale − center). x is the
// row's vector, lo the number of its first column, center that of each column or a
// single one.
func (s *similarities[T]) exponents(row []T, x, y []T, lo int, center ...T) {
	simd.Scale(row, row, T(s.scale))
	product, sharp := dot[T], float64(sharp32)
	if _, double := any(row).([]float64); double {
		product, sharp = exactDot[T], sharp64
	}
	if s.plain || s.scale < sharp {
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
		row[j] = T(s.scale * (p - float64(center[j%len(center)])))
	}
}

// logSums returns o_i = log Σ_j e^{S_ij}, −Inf for a row without pairs.
func (s *similarities[T]) logSums(x, y []T) []float64 {
	if center, ok := s.mutual(x, y); ok {
		return s.mutualLogSums(x, center)
	}
	packed := s.packColumns(y)
	defer memory.Scratch[T]().Put(packed)
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
			s.tile(tile, tileCols, rows, packed, first, lo, cols)
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
func (s *similarities[T]) weighted(dx, x, y []T, byRow, byCol *weights) {
	if center, ok := s.mutual(x, y); ok && byRow == byCol {
		s.mutualWeighted(dx, x, byRow, center)
		return
	}
	rowCenter, rowFactor := s.centered(byRow)
	colCenter, colFactor := s.centered(byCol)
	pool := memory.Scratch[T]()
	packed := s.packColumns(y)
	defer pool.Put(packed)
	m, d := len(y)/s.d, s.d
	right := s.packRows(y, tileCols)
	defer pool.Put(right)
	s.rowBlocks(x, func(first int, rows, tile []T) {
		n := len(rows) / d
		buf := pool.Get(tileCols)
		defer pool.Put(buf)
		for lo := 0; lo < m; lo += tileCols {
			cols := min(tileCols, m-lo)
			s.tile(tile, tileCols, rows, packed, first, lo, cols)
			for i := range n {
				row, col := tile[i*tileCols:i*tileCols+cols], buf[:cols]
				xi := rows[i*d : (i+1)*d]
				if byCol != nil {
					center := colCenter[lo : lo+cols]
					simd.Sub(col, row, center)
					s.exponents(col, xi, y, lo, center...)
					simd.Exp(col, col)
					simd.Mul(col, col, colFactor[lo:lo+cols])
				}
				if byRow != nil {
					simd.AddScalar(row, row, -rowCenter[first+i])
					s.exponents(row, xi, y, lo, rowCenter[first+i])
					simd.Exp(row, row)
					simd.Scale(row, row, rowFactor[first+i])
				}
				switch {
				case byRow == nil:
					copy(row, col)
				case byCol != nil:
					simd.Add(row, row, col)
				}
			}
			simd.GemmPacked(simd.NoTrans, n, d, cols, tile, tileCols, right[simd.PackedSize[T](lo, d):], dx[first*d:], d, simd.Update(lo > 0))
		}
		out := dx[first*d : first*d+len(rows)]
		simd.Scale(out, out, T(s.scale))
	})
}
