package mvssl

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"entrec/tensor"
)

// whitenTolerance is the part of the largest variance below which a direction is
// taken for empty.
const whitenTolerance = 1e-10

// whiten replaces the rows of z (n, d) by their coordinates along their principal
// components, each divided by its standard deviation: mean 0, covariance the
// identity. Directions without variance become 0; faiss, which DeepCluster uses,
// divides by it. The components are found in float64.
func whiten[T Float](z *tensor.Tensor[T]) {
	x := tensor.Contiguous(tensor.Convert[float64](z))
	n, d := x.Dim(0), x.Dim(1)
	mean := tensor.New[float64](1, d)
	tensor.SumTo(mean, x)
	for j := range mean.Data() {
		mean.Data()[j] /= float64(n)
	}
	tensor.SubTo(x, x, mean)
	covariance := tensor.New[float64](d, d)
	tensor.MatMulTo(covariance, x, x, true, false, false)
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(d, covariance.Data()), true) {
		return // not finite: the loss will say so
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil) // ascending
	for j, v := range values {
		scale := 0.0
		if v > whitenTolerance*values[d-1] {
			scale = math.Sqrt(float64(n) / v)
		}
		for i := range d {
			vectors.Set(i, j, vectors.At(i, j)*scale)
		}
	}
	white := tensor.New[float64](n, d)
	tensor.MatMulTo(white, x, tensor.FromSlice(vectors.RawMatrix().Data, d, d), false, false, false)
	tensor.CopyTo(z, tensor.Convert[T](white))
}
