package objective

import (
	"math"

	"entrec/tensor"
)

// columns are the columns of x (k, d) with their statistics over the batch.
type columns[T Float] struct {
	k, d     int
	x        []T
	mean     []float64
	variance []float64 // biased
}

// newColumns gathers the statistics, in float64 and in two passes, so that a
// constant column has a variance of exactly 0.
func newColumns[T Float](x *tensor.Tensor[T]) *columns[T] {
	c := &columns[T]{k: x.Dim(0), d: x.Dim(1), x: tensor.Contiguous(x).Data(), mean: columnMeans(x)}
	c.variance = make([]float64, c.d)
	c.each(func(i, j int) {
		v := c.centered(i, j)
		c.variance[j] += v * v / float64(c.k)
	})
	return c
}

// each calls f for every element, the rows of a column in ascending order.
func (c *columns[T]) each(f func(row, column int)) {
	blocks(c.d, func(lo, hi int) {
		for i := range c.k {
			for j := lo; j < hi; j++ {
				f(i, j)
			}
		}
	})
}

func (c *columns[T]) centered(i, j int) float64 { return float64(c.x[i*c.d+j]) - c.mean[j] }

// scaled returns the matrix of centered values times the factor of their column.
func (c *columns[T]) scaled(factor []float64) *tensor.Tensor[T] {
	y := tensor.New[T](c.k, c.d)
	c.each(func(i, j int) { y.Data()[i*c.d+j] = T(c.centered(i, j) * factor[j]) })
	return y
}

// columnMeans returns the mean of each column of x (k, d), as the first row plus
// the mean distance from it: exact where a column is constant.
func columnMeans[T Float](x *tensor.Tensor[T]) []float64 {
	k, d := x.Dim(0), x.Dim(1)
	data := tensor.Contiguous(x).Data()
	mean := make([]float64, d)
	blocks(d, func(lo, hi int) {
		for i := range k {
			for j := lo; j < hi; j++ {
				mean[j] += float64(data[i*d+j]) - float64(data[j])
			}
		}
		for j := lo; j < hi; j++ {
			mean[j] = float64(data[j]) + mean[j]/float64(k)
		}
	})
	return mean
}

// inverseRoots returns 1/√(x + eps) of each element.
func inverseRoots(x []float64, eps float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = 1 / math.Sqrt(v+eps)
	}
	return y
}

// offDiagonal sets the diagonal of a square matrix to 0 and returns the sum of
// the squares of the rest.
func offDiagonal[T Float](m *tensor.Tensor[T]) float64 {
	d, data := m.Dim(0), m.Data()
	squares := make([]float64, d)
	blocks(d, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := data[i*d : (i+1)*d]
			row[i] = 0
			squares[i] = dot(row, row)
		}
	})
	return sum(squares)
}
