package autograd

import (
	"entrec/simd"
	"entrec/tensor"
)

// Moments are the sums of which batch norm makes the means and variances of the
// channels of a tensor. A convolution gathers them while its result is in cache; see
// [Conv2dMoments] and [BatchNormConfig]. They may be used until the tape's Reset or
// Backward.
type Moments[T Float] struct {
	of        *tensor.Tensor[T] // a matrix of n rows, the pixels, and c columns, the channels
	per, n, c int               // per is the number of rows of a block
	// parts has three rows for each block: a row of the matrix, the sums of the
	// differences from it, and the sums of their squares.
	parts []T
}

// newMoments returns moments of x, with its channels innermost in memory, in blocks of
// per rows; parts has room for 3·c elements a block.
func newMoments[T Float](x *tensor.Tensor[T], parts []T, per int) *Moments[T] {
	c := x.Dim(1)
	return &Moments[T]{x, per, x.Len() / c, c, parts}
}

// add sums a block of rows.
func (m *Moments[T]) add(block int, x []T) {
	part := m.parts[3*block*m.c : 3*(block+1)*m.c]
	copy(part[:m.c], x) // the first row is near the mean, so the differences are small
	clear(part[m.c:])
	simd.ColMoments(part[m.c:2*m.c], part[2*m.c:], x, part[:m.c])
}

// each calls f with the mean and the biased variance of each column: blocks are
// joined in order (Chan, Golub and LeVeque, 1979).
func (m *Moments[T]) each(f func(column int, mean, variance float64)) {
	x := m.of.Data()
	for j := range m.c {
		var n, mean, squares float64 // squares is Σ (x − mean)²
		for lo := 0; lo < m.n; lo += m.per {
			hi := min(lo+m.per, m.n)
			part := m.parts[3*lo/m.per*m.c:]
			rows := float64(hi - lo)
			d := float64(part[m.c+j]) / rows
			own := float64(part[j]) + d
			within := max(float64(part[2*m.c+j])-float64(rows*d)*d, 0)
			if rows*d*d > 64*within { // the block's first row is far from its mean: within is mostly rounding
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

// again returns the mean of column j's rows [lo, hi) and the sum of the squares of the
// differences from it, computed in float64 from differences to a number near the mean.
func (m *Moments[T]) again(x []T, j, lo, hi int, near float64) (mean, squares float64) {
	sum := 0.0
	for i := lo; i < hi; i++ {
		d := float64(x[i*m.c+j]) - near
		sum += d
		squares += float64(d * d)
	}
	d := sum / float64(hi-lo)
	return near + d, max(squares-float64(sum*d), 0)
}
