package autograd

import "entrec/simd"

// moments are the sums that the means and variances of a matrix's columns are made
// of, for blocks of rows. Who computes the matrix adds each block while it is in
// cache.
type moments[T Float] struct {
	per, n, c int // rows of a block, of all, and columns
	parts     []T // three rows a block: a row of the matrix, and the sums of the differences from it and of their squares
}

// newMoments returns moments for n rows of c columns in blocks of per rows; parts
// has room for 3·c elements a block.
func newMoments[T Float](parts []T, per, n, c int) *moments[T] {
	return &moments[T]{per, n, c, parts}
}

// add sums a block of rows.
func (m *moments[T]) add(block int, x []T) {
	part := m.parts[3*block*m.c : 3*(block+1)*m.c]
	copy(part[:m.c], x) // near the mean: what is subtracted below is small
	clear(part[m.c:])
	simd.ColMoments(part[m.c:2*m.c], part[2*m.c:], x, part[:m.c])
}

// each calls f with the mean and the biased variance of each column of the matrix x:
// blocks are joined in order (Chan, Golub and LeVeque, 1979).
func (m *moments[T]) each(x []T, f func(column int, mean, variance float64)) {
	for j := range m.c {
		var n, mean, squares float64 // squares is Σ (x − mean)²
		for lo := 0; lo < m.n; lo += m.per {
			hi := min(lo+m.per, m.n)
			part := m.parts[3*lo/m.per*m.c:]
			rows := float64(hi - lo)
			d := float64(part[m.c+j]) / rows
			own := float64(part[j]) + d
			within := max(float64(part[2*m.c+j])-float64(rows*d)*d, 0)
			if rows*d*d > 64*within { // the block's first row is far from its mean: what is left is rounding
				own, within = m.again(x, j, lo, hi, own)
			}
			between := own - mean
			if n == 0 {
				mean, between = own, 0
			}
			n += rows
			mean += between * rows / n
			squares += within + between*between*rows*(n-rows)/n
		}
		f(j, mean, squares/n)
	}
}

// again returns the mean of column j's rows [lo, hi), and the sum of the squares of
// the differences from it, by sums in float64 about a number that is near it.
func (m *moments[T]) again(x []T, j, lo, hi int, near float64) (mean, squares float64) {
	sum := 0.0
	for i := lo; i < hi; i++ {
		d := float64(x[i*m.c+j]) - near
		sum += d
		squares += float64(d * d)
	}
	d := sum / float64(hi-lo)
	return near + d, max(squares-float64(sum*d), 0)
}
