package autograd

import (
	"entrec/simd"
	"entrec/tensor"
)

// Sum returns the sum over the given axes (none: all); they are kept with length
// 1 if keep.
func Sum[T Float](x *Var[T], keep bool, axes ...int) *Var[T] {
	return scaledSum("autograd.Sum", x, 1, keep, axes)
}

// Mean returns the mean over the given axes (none: all); they are kept with
// length 1 if keep. The mean of nothing is NaN.
func Mean[T Float](x *Var[T], keep bool, axes ...int) *Var[T] {
	out := tensor.Size(tensor.ReducedShape("autograd.Mean", x.Shape(), axes, true))
	return scaledSum("autograd.Mean", x, T(out)/T(x.Value.Len()), keep, axes)
}

func scaledSum[T Float](op string, x *Var[T], scale T, keep bool, axes []int) *Var[T] {
	tp := tapeOf(x)
	wide := tensor.ReducedShape(op, x.Shape(), axes, true)
	y := tp.value(wide...)
	tensor.SumTo(y, x.Value)
	simd.Scale(y.Data(), y.Data(), scale)
	y = y.Reshape(tensor.ReducedShape(op, x.Shape(), axes, keep)...)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		d := tp.newLike(x.Value)
		tensor.ZipTo(d, g.Reshape(wide...), g.Reshape(wide...), func(d, g, _ []T) { simd.Scale(d, g, scale) })
		tp.give(x, d)
	}, x)
}

// Variance returns the variance over the given axes (none: all), which are kept
// with length 1 if keep: Σ (x − mean)² / (n − correction). correction is 0 for
// the biased and 1 for the unbiased (PyTorch's default) estimator.
func Variance[T Float](x *Var[T], correction int, keep bool, axes ...int) *Var[T] {
	out := tensor.Size(tensor.ReducedShape("autograd.Variance", x.Shape(), axes, true))
	n := float64(x.Value.Len()) / float64(out)
	centered := Sub(x, Mean(x, true, axes...))
	return Scale(Sum(Mul(centered, centered), keep, axes...), 1/(n-float64(correction)))
}
