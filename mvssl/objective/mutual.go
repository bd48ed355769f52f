package objective

import (
	"math"

	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
)

// Rows that are compared with each other: S_ij = S_ji, so each pair is worked out
// once. The matrix is cut into square blocks, and the blocks on a diagonal and its
// continuation, all those a number of blocks apart, are one round of tasks: each
// adds to the sums of its rows, and apart from those to the sums of its columns, so
// that no two tasks of a round write to the same place, and the order of what is
// added does not depend on the number of threads.

const (
	// mutualRows are the rows of a block, a multiple of every simd.MR and simd.NR.
	mutualRows = 192
	// mutualStrip are the rows whose exponentials are taken at a time, so that they
	// stay in the first-level cache, and whose columns are summed in T.
	mutualStrip = 16
	// mutualReach is how large |S_ij| may be for all rows to have one center: no two
	// S are then further apart than twice as much, and neither e^{−64} nor its
	// inverse leaves the normal numbers of float32.
	mutualReach = 32
)

// mutual tells whether x is compared with itself, and by similarities small enough
// for a common center, which is then the largest that S/scale can be.
func (s *similarities[T]) mutual(x, y []T) (center T, ok bool) {
	if &x[0] != &y[0] || s.half != nil {
		return 0, false
	}
	for i := 0; i < len(x); i += s.d {
		square := simd.Dot(x[i:i+s.d], x[i:i+s.d])
		if !(s.scale*float64(square) <= mutualReach) { // or NaN
			return 0, false
		}
		center = max(center, square)
	}
	return center, true
}

// mutualBlock is e^{scale·(S_ij/scale − center)} of some rows i and columns j of x.
type mutualBlock[T Float] struct {
	apart                int // blocks between rows and columns; 0: they are the same
	row, rows, col, cols int // the first and how many
	powers               []T // rows×cols
	scratch              []T // cols
}

// strips calls f for each mutualStrip rows of the block: the first and their powers.
func (b *mutualBlock[T]) strips(f func(first int, powers []T)) {
	for i := 0; i < b.rows; i += mutualStrip {
		f(b.row+i, b.powers[i*b.cols:min(i+mutualStrip, b.rows)*b.cols])
	}
}

// mutualBlocks calls f for each pair of blocks once.
func (s *similarities[T]) mutualBlocks(x []T, center T, f func(b *mutualBlock[T])) {
	pool := memory.Scratch[T]()
	packed := s.packColumns(x)
	defer pool.Put(packed)
	n := len(x) / s.d
	blocks := (n + mutualRows - 1) / mutualRows
	for apart := range blocks/2 + 1 {
		pairs := blocks
		if apart > 0 && 2*apart == blocks {
			pairs /= 2 // from half-way on they are the same again
		}
		parallel.For(pairs, func(i int) {
			b := mutualBlock[T]{apart: apart, row: i * mutualRows, col: (i + apart) % blocks * mutualRows}
			b.rows, b.cols = min(mutualRows, n-b.row), min(mutualRows, n-b.col)
			buf := pool.Get(mutualRows * (mutualRows + 1))
			defer pool.Put(buf)
			b.powers, b.scratch = buf[:b.rows*b.cols], buf[b.rows*b.cols:][:b.cols]
			s.tile(b.powers, b.cols, x[b.row*s.d:(b.row+b.rows)*s.d], packed, b.row, b.col, b.cols)
			b.strips(func(_ int, t []T) {
				simd.AddScalar(t, t, -center)
				simd.Scale(t, t, T(s.scale))
				simd.Exp(t, t)
			})
			f(&b)
		})
	}
}

// mutualLogSums is logSums of x with itself.
func (s *similarities[T]) mutualLogSums(x []T, center T) []float64 {
	n := len(x) / s.d
	sums, byColumn := make([]float64, n), make([]float64, n)
	s.mutualBlocks(x, center, func(b *mutualBlock[T]) {
		b.strips(func(first int, t []T) {
			for i := range len(t) / b.cols {
				sums[first+i] += float64(simd.Sum(t[i*b.cols : (i+1)*b.cols]))
			}
			if b.apart == 0 {
				return
			}
			clear(b.scratch)
			simd.ColSum(b.scratch, t)
			for j, v := range b.scratch {
				byColumn[b.col+j] += float64(v)
			}
		})
	})
	for i, v := range byColumn {
		sums[i] = s.scale*float64(center) + math.Log(sums[i]+v)
	}
	return sums
}

// mutualWeighted is weighted of x with itself, by the same weights for rows and
// columns.
func (s *similarities[T]) mutualWeighted(dx, x []T, w *weights, center T) {
	pool := memory.Scratch[T]()
	n, d := len(x)/s.d, s.d
	factor := pool.Get(n)
	defer pool.Put(factor)
	for i := range factor {
		factor[i] = T(w.factor(i, s.scale*float64(center)))
	}
	right := s.packRows(x, mutualRows)
	defer pool.Put(right)
	byColumn := pool.Get(n * d)
	defer pool.Put(byColumn)
	clear(byColumn)
	s.mutualBlocks(x, center, func(b *mutualBlock[T]) {
		b.strips(func(first int, t []T) {
			for i := range len(t) / b.cols {
				row := t[i*b.cols : (i+1)*b.cols]
				simd.AddScalar(b.scratch, factor[b.col:b.col+b.cols], factor[first+i])
				simd.Mul(row, row, b.scratch)
			}
		})
		simd.GemmPacked(simd.NoTrans, b.rows, d, b.cols, b.powers, b.cols, right[simd.PackedSize[T](b.col, d):], dx[b.row*d:], d, simd.Update(b.apart > 0))
		if b.apart > 0 {
			simd.GemmPacked(simd.Trans, b.cols, d, b.rows, b.powers, b.cols, right[simd.PackedSize[T](b.row, d):], byColumn[b.col*d:], d, simd.Accumulate)
		}
	})
	simd.Add(dx, dx, byColumn)
	simd.Scale(dx, dx, T(s.scale))
}
