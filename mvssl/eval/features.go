package eval

import (
	"cmp"
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

// Each calls take with f of some images after another of the data set, each seen once
// through the given pipeline, on a tape that keeps nothing: what take is given holds until
// it returns. The error is ctx's when that is canceled, that of an image that cannot be
// read, or take's.
func Each[T tensor.Float](ctx context.Context, d *data.Dataset, p *view.Pipeline[T], key view.Key, f func(images *autograd.Var[T]) *autograd.Var[T], take func(y *tensor.Tensor[T]) error) error {
	tape := autograd.NewFrozenTape[T]()
	for at := 0; at < d.Len(); at += mapBatch {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		tell(ctx, "images through the network", at, d.Len())
		images, err := Images(d, p, at, min(mapBatch, d.Len()-at), key)
		if err != nil {
			return err
		}
		if err := take(f(tape.Constant(images)).Value); err != nil {
			return err
		}
		tape.Reset()
	}
	return nil
}

// Map returns f of all images of the data set (n, …), each seen once through the
// given pipeline; it gives f a few of them at a time, on a tape that keeps nothing,
// and copies what comes back. It returns ctx's error when that is canceled, and that of an
// image that cannot be read.
func Map[T tensor.Float](ctx context.Context, d *data.Dataset, p *view.Pipeline[T], key view.Key, f func(images *autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
	var out *tensor.Tensor[T]
	at := 0
	err := Each(ctx, d, p, key, f, func(y *tensor.Tensor[T]) error {
		if out == nil {
			out = tensor.New[T](append([]int{d.Len()}, y.Shape()[1:]...)...)
		}
		n := y.Dim(0)
		tensor.CopyTo(out.Slice(0, at, at+n), y)
		at += n
		return nil
	})
	if err != nil {
		return nil, err
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
// from lo on. The key's Sample is the image's index. The error is that of the first image
// that cannot be read.
func Images[T tensor.Float](d *data.Dataset, p *view.Pipeline[T], lo, n int, key view.Key) (*tensor.Tensor[T], error) {
	c, h, w := p.OutputShape()
	buf, errs := make([]T, n*c*h*w), make([]error, n)
	parallel.For(n, func(i int) {
		k := key
		k.Sample = lo + i
		errs[i] = d.With(lo+i, func(pixels []byte, height, width int) {
			p.Apply(buf[i*c*h*w:(i+1)*c*h*w], pixels, height, width, k)
		})
	})
	return tensor.FromChannelsLast(buf, n, c, h, w), cmp.Or(errs...)
}
