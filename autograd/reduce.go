package autograd

import (
	"entrec/simd"
	"entrec/tensor"
)

// Sum returns the sum over the given axes (none: all), which the result is without.
func Sum[T Float](x *Var[T], axes ...int) *Var[T] {
	return scaledSum("autograd.Sum", x, 1, axes, tensor.ReducedShape)
}

// SumKeep is [Sum] with the given axes kept, with length 1.
func SumKeep[T Float](x *Var[T], axes ...int) *Var[T] {
	return scaledSum("autograd.Sum", x, 1, axes, tensor.KeptShape)
}

// Mean returns the mean over the given axes (none: all), which the result is
// without. The mean of nothing is NaN.
func Mean[T Float](x *Var[T], axes ...int) *Var[T] {
	return scaledSum("autograd.Mean", x, share("autograd.Mean", x, axes), axes, tensor.ReducedShape)
}

// MeanKeep is [Mean] with the given axes kept, with length 1.
func MeanKeep[T Float](x *Var[T], axes ...int) *Var[T] {
	return scaledSum("autograd.Mean", x, share("autograd.Mean", x, axes), axes, tensor.KeptShape)
}

// share returns 1/n, where n is the number of elements that a mean over the given axes
// is of.
func share[T Float](op string, x *Var[T], axes []int) T {
	return T(tensor.Size(tensor.KeptShape(op, x.Shape(), axes))) / T(x.Value.Len())
}

// scaledSum returns the sum over the given axes times scale, in the given shape.
func scaledSum[T Float](op string, x *Var[T], scale T, axes []int, shape func(op string, shape, axes []int) []int) *Var[T] {
	tp := tapeOf(x)
	kept := tensor.KeptShape(op, x.Shape(), axes)
	y := tp.value(kept...)
	tensor.SumTo(y, x.Value)
	simd.Scale(y.Data(), y.Data(), scale)
	y = y.Reshape(shape(op, x.Shape(), axes)...)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		d := tp.newLike(x.Value)
		g = g.Reshape(kept...)
		tensor.ZipTo(d, g, g, func(d, g, _ []T) { simd.Scale(d, g, scale) })
		tp.give(x, d)
	}, x)
}

// Variance returns the variance over the given axes (none: all), which the result is
// without: Σ (x − mean)² / (n − correction). correction is 0 for the biased and 1 for
// the unbiased (PyTorch's default) estimator.
func Variance[T Float](x *Var[T], correction int, axes ...int) *Var[T] {
	squares, n := deviations(x, axes)
	return Scale(Sum(squares, axes...), 1/(n-float64(correction)))
}

// VarianceKeep is [Variance] with the given axes kept, with length 1.
func VarianceKeep[T Float](x *Var[T], correction int, axes ...int) *Var[T] {
	squares, n := deviations(x, axes)
	return Scale(SumKeep(squares, axes...), 1/(n-float64(correction)))
}

// deviations returns (x − mean)² and the number of elements that a mean is of.
func deviations[T Float](x *Var[T], axes []int) (squares *Var[T], n float64) {
	out := tensor.Size(tensor.KeptShape("autograd.Variance", x.Shape(), axes))
	centered := Sub(x, MeanKeep(x, axes...))
	return Mul(centered, centered), float64(x.Value.Len()) / float64(out)
}
