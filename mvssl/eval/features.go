package eval

import (
	"context"

	"entrec/autograd"
	"entrec/internal/parallel"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

// mapBatch is how many images go through the networks at once where none are trained:
// few enough for the caches.
const mapBatch = 64

// Map returns f of all images of the data set (n, …), each seen once through the
// given pipeline; it gives f a few of them at a time, on a tape that keeps nothing,
// and copies what comes back. It returns ctx's error when that is canceled.
func Map[T tensor.Float](ctx context.Context, d *data.Dataset, p *view.Pipeline[T], key view.Key, f func(images *autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
	var out *tensor.Tensor[T]
	tape := autograd.NewFrozenTape[T]()
	for at := 0; at < d.Len(); at += mapBatch {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		tell(ctx, "images through the network", at, d.Len())
		n := min(mapBatch, d.Len()-at)
		y := f(tape.Constant(Images(d, p, at, n, key))).Value
		if out == nil {
			out = tensor.New[T](append([]int{d.Len()}, y.Shape()[1:]...)...)
		}
		tensor.CopyTo(out.Slice(0, at, at+n), y)
		tape.Reset()
	}
	return out, nil
}

// Features returns the encoder's features (n, dim) of all images of the data set,
// with batch norm in evaluation mode. The pipeline is normalization alone, as a rule.
func Features[T tensor.Float](ctx context.Context, encoder nn.Encoder[T], d *data.Dataset, p *view.Pipeline[T]) (*tensor.Tensor[T], error) {
	return features(ctx, encoder, d, p, view.Key{})
}

// features is Features of the views that a key names.
func features[T tensor.Float](ctx context.Context, encoder nn.Encoder[T], d *data.Dataset, p *view.Pipeline[T], key view.Key) (*tensor.Tensor[T], error) {
	return Map(ctx, d, p, key, func(images *autograd.Var[T]) *autograd.Var[T] {
		return encoder.Forward(nn.Context{}, images)
	})
}

// Images returns one view (n, c, h, w), channels-last, of each of the n images
// from lo on. The key's Sample is the image's index.
func Images[T tensor.Float](d *data.Dataset, p *view.Pipeline[T], lo, n int, key view.Key) *tensor.Tensor[T] {
	c, h, w := p.OutputShape()
	buf := make([]T, n*c*h*w)
	parallel.For(n, func(i int) {
		k := key
		k.Sample = lo + i
		p.Apply(buf[i*c*h*w:(i+1)*c*h*w], d.Image(lo+i), k)
	})
	return tensor.FromChannelsLast(buf, n, c, h, w)
}
