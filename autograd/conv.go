package autograd

import (
	"entrec/tensor"
	"entrec/tensor/conv"
)

// Conv2d returns the two-dimensional convolution (cross-correlation) of x
// (n,c,h,w) with weight (o,c,kh,kw), zero padding on each side, and bias (o),
// which may be nil: torch.nn.functional.conv2d. The result is channels-last in
// memory.
func Conv2d[T Float](x, weight, bias *Var[T], stride, padding int) *Var[T] {
	tp := tapeOf(x, weight, bias)
	c := newConvolution("autograd.Conv2d", x, weight, bias, stride, padding)
	y := c.result(tp)
	conv.ForwardTo(y, c.in, c.kernel, c.shape)
	if bias != nil {
		addRows(y.Data(), bias.Value)
	}
	return c.record(tp, x, y)
}

// Conv2dMoments returns [Conv2d] without bias, and the moments of its channels for the
// [BatchNorm] that follows. They cost little while the result is in cache. They are nil
// on a frozen tape and where the result is empty.
func Conv2dMoments[T Float](x, weight *Var[T], stride, padding int) (*Var[T], *Moments[T]) {
	tp := tapeOf(x, weight)
	c := newConvolution("autograd.Conv2dMoments", x, weight, nil, stride, padding)
	y, m := c.forwardMoments(tp, nil)
	return c.record(tp, x, y), m
}

// record puts the convolution of x on the tape.
func (c *convolution[T]) record(tp *Tape[T], x *Var[T], y *tensor.Tensor[T]) *Var[T] {
	return record(tp, y, func(g *tensor.Tensor[T]) {
		dy := tensor.ChannelsLast(g)
		if sum := x.addable(); sum != nil {
			conv.GradInputPassTo(sum, dy, c.kernel, c.shape, conv.Pass[T]{Accumulate: true})
		} else if x.needs {
			d := tp.newLike(c.in)
			conv.GradInputTo(d, dy, c.kernel, c.shape)
			tp.give(x, d)
		}
		c.giveParameters(tp, dy, nil)
	}, x, c.weight, c.bias)
}

// NormConv2d returns [Conv2dMoments] of [BatchNorm] of x. The normalized x is never
// stored: it is made again where it is needed, in cache.
func NormConv2d[T Float](x, normWeight, normBias *Var[T], cfg BatchNormConfig[T], weight *Var[T], stride, padding int) (*Var[T], *Moments[T]) {
	const op = "autograd.NormConv2d"
	tp := tapeOf(x, normWeight, normBias, weight)
	c := newConvolution(op, x, weight, nil, stride, padding)
	b := newBatchNorm(op, x, normWeight, normBias, cfg)
	b.statistics(tp)
	c.in = b.in
	y, m := c.forwardMoments(tp, b.apply)
	out := record(tp, y, func(g *tensor.Tensor[T]) {
		dy := tensor.ChannelsLast(g)
		c.giveParameters(tp, dy, b.apply)
		if x.needs || (normWeight != nil && normWeight.needs) || (normBias != nil && normBias.needs) {
			d := tp.newLike(b.in)
			sums := b.newSums(c.shape.InBlocks())
			conv.GradInputPassTo(d, dy, c.kernel, c.shape, conv.Pass[T]{Done: func(block, lo, hi int) {
				b.mask(d.Data()[lo:hi], lo)
				sums.add(block, lo, d.Data()[lo:hi])
			}})
			b.giveInputs(tp, d, d, sums)
		}
	}, x, normWeight, normBias, weight)
	return out, m
}

// convolution is one call of Conv2d.
type convolution[T Float] struct {
	weight, bias *Var[T]
	shape        conv.Shape
	in, kernel   *tensor.Tensor[T] // the input in channels-last order, weight in row-major
}

func newConvolution[T Float](op string, x, weight, bias *Var[T], stride, padding int) *convolution[T] {
	s := conv.NewShape(x.Shape(), weight.Shape(), stride, padding)
	if bias != nil && (bias.Value.Rank() != 1 || bias.Value.Len() != s.O) {
		tensor.Refuse(op, "bias (o) is needed", x.Shape(), weight.Shape(), bias.Shape())
	}
	return &convolution[T]{weight, bias, s, tensor.ChannelsLast(x.Value), tensor.Contiguous(weight.Value)}
}

// result returns the tensor for the result.
func (c *convolution[T]) result(tp *Tape[T]) *tensor.Tensor[T] {
	s := c.shape
	return tensor.FromChannelsLast(tp.buffer(s.N*s.O*s.OutH()*s.OutW()), s.N, s.O, s.OutH(), s.OutW())
}

// forwardMoments returns the result for the x that load loads, and the moments of its
// channels.
func (c *convolution[T]) forwardMoments(tp *Tape[T], load func(dst, src []T)) (*tensor.Tensor[T], *Moments[T]) {
	s, y := c.shape, c.result(tp)
	pass := conv.Pass[T]{Load: load}
	var m *Moments[T]
	if tp != nil && !tp.frozen && y.Len() > 0 {
		m = newMoments(y, tp.buffer(3*s.OutBlocks()*s.O), s.OutBlockPixels())
		pass.Done = func(block, lo, hi int) { m.add(block, y.Data()[lo:hi]) }
	}
	conv.ForwardPassTo(y, c.in, c.kernel, s, pass)
	return y, m
}

// giveParameters gives weight and bias their gradients.
func (c *convolution[T]) giveParameters(tp *Tape[T], dy *tensor.Tensor[T], load func(dst, src []T)) {
	if c.weight.needs {
		d := tp.newShape(c.weight.Shape()...)
		conv.GradWeightPassTo(d, c.in, dy, c.shape, conv.Pass[T]{Load: load})
		tp.give(c.weight, d)
	}
	if c.bias != nil && c.bias.needs {
		d := tp.newLike(c.bias.Value)
		tensor.SumTo(d.Reshape(1, -1), tensor.FromSlice(dy.Data(), dy.Len()/c.shape.O, c.shape.O))
		tp.give(c.bias, d)
	}
}
