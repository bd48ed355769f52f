package autograd

import "entrec/tensor"

// Conv2d returns the two-dimensional convolution (cross-correlation) of x
// (n,c,h,w) with weight (o,c,kh,kw), zero padding on each side, and bias (o),
// which may be nil: torch.nn.functional.conv2d. The result is channels-last in
// memory.
func Conv2d[T Float](x, weight, bias *Var[T], stride, padding int) *Var[T] {
	tp := tapeOf(x, weight, bias)
	s := tensor.NewConvShape(x.Shape(), weight.Shape(), stride, padding)
	if bias != nil && (bias.Value.Rank() != 1 || bias.Value.Len() != s.O) {
		tensor.Refuse("autograd.Conv2d", "bias (o) is needed", x.Shape(), weight.Shape(), bias.Shape())
	}
	in := tensor.ChannelsLast(x.Value)
	w := tensor.Contiguous(weight.Value)
	y := tensor.FromChannelsLast(tp.buffer(s.N*s.O*s.OutH()*s.OutW()), s.N, s.O, s.OutH(), s.OutW())
	tensor.Conv2dTo(y, in, w, s)
	if bias != nil {
		addRows(y.Data(), bias.Value)
	}
	return record(tp, y, func(g *tensor.Tensor[T]) {
		dy := tensor.ChannelsLast(g)
		if x.needs {
			d := tp.newLike(in)
			tensor.Conv2dGradInputTo(d, dy, w, s)
			tp.give(x, d)
		}
		if weight.needs {
			d := tp.newShape(weight.Shape()...)
			tensor.Conv2dGradWeightTo(d, in, dy, s)
			tp.give(weight, d)
		}
		if bias != nil && bias.needs {
			d := tp.newLike(bias.Value)
			tensor.SumTo(d.Reshape(1, -1), tensor.FromSlice(dy.Data(), dy.Len()/s.O, s.O))
			tp.give(bias, d)
		}
	}, x, weight, bias)
}
