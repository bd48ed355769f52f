package eval

import (
	"context"

	"entrec/autograd"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

// featureBatch is how many images go through the encoder at once.
const featureBatch = 64

// Features returns the encoder's features (n, dim) of the images lo ≤ i < hi of
// the data set, each seen once through the given pipeline (normalisation alone,
// as a rule), with batch norm in evaluation mode. It returns ctx's error when
// that is cancelled.
func Features[T tensor.Float](ctx context.Context, encoder nn.Encoder[T], d *data.Dataset, p *view.Pipeline[T], lo, hi int) (*tensor.Tensor[T], error) {
	out := tensor.New[T](hi-lo, encoder.Dim())
	tape := autograd.NewFrozenTape[T]()
	for at := lo; at < hi; at += featureBatch {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		n := min(featureBatch, hi-at)
		images := Images(d, p, at, n, view.Key{})
		f := encoder.Forward(nn.Context{}, tape.Constant(images))
		tensor.CopyTo(out.Slice(0, at-lo, at-lo+n), f.Value)
		tape.Reset()
	}
	return out, nil
}

// Images returns one view (n, c, h, w), channels-last, of each of the n images
// from lo on. The key's Sample is the image's index.
func Images[T tensor.Float](d *data.Dataset, p *view.Pipeline[T], lo, n int, key view.Key) *tensor.Tensor[T] {
	c, h, w := p.OutputShape()
	buf := make([]T, n*c*h*w)
	tensor.Parallel(n, func(i int) {
		k := key
		k.Sample = lo + i
		p.Apply(buf[i*c*h*w:(i+1)*c*h*w], d.Image(lo+i), k)
	})
	return tensor.FromChannelsLast(buf, n, c, h, w)
}
