package autograd

import (
	"entrec/tensor"
	"entrec/tensor/conv"
)

// MaxPool2d returns the maximum over kernel×kernel windows of x (n,c,h,w);
// padding counts as −∞. Among equals the first in row-major order takes the
// gradient, as in PyTorch.
func MaxPool2d[T Float](x *Var[T], kernel, stride, padding int) *Var[T] {
	tp := tapeOf(x)
	s := conv.NewPoolShape(x.Shape(), kernel, stride, padding)
	in := tensor.ChannelsLast(x.Value)
	y := tensor.FromChannelsLast(tp.buffer(s.N*s.C*s.OutH()*s.OutW()), s.N, s.C, s.OutH(), s.OutW())
	conv.MaxPoolTo(y, in, s)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		d := tp.newLike(in)
		conv.MaxPoolGradTo(d, tensor.ChannelsLast(g), in, y, s)
		tp.give(x, d)
	}, x)
}

// AvgPool2d returns the mean over kernel×kernel windows of x (n,c,h,w); padding
// counts as zeros in the mean (PyTorch's count_include_pad).
func AvgPool2d[T Float](x *Var[T], kernel, stride, padding int) *Var[T] {
	tp := tapeOf(x)
	s := conv.NewPoolShape(x.Shape(), kernel, stride, padding)
	in := tensor.ChannelsLast(x.Value)
	y := tensor.FromChannelsLast(tp.buffer(s.N*s.C*s.OutH()*s.OutW()), s.N, s.C, s.OutH(), s.OutW())
	conv.AvgPoolTo(y, in, s)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		d := tp.newLike(in)
		conv.AvgPoolGradTo(d, tensor.ChannelsLast(g), s)
		tp.give(x, d)
	}, x)
}

// GlobalAvgPool2d returns the mean over the pixels of x (n,c,h,w): (n,c).
func GlobalAvgPool2d[T Float](x *Var[T]) *Var[T] {
	if x.Value.Rank() != 4 {
		tensor.Refuse("autograd.GlobalAvgPool2d", "x (n,c,h,w) is needed", x.Shape())
	}
	n, c, pixels := x.Value.Dim(0), x.Value.Dim(1), x.Value.Dim(2)*x.Value.Dim(3)
	return Reshape(MeanKeep(x, 2, 3), n, c*min(pixels, 1))
}
