package train

import (
	"context"

	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// loader makes the batches of the steps to come while a step runs.
type loader[T tensor.Float] struct {
	ready chan *tensor.Tensor[T]
	free  chan []T
	stop  context.CancelFunc
	done  chan struct{}
}

// ahead is how many batches the loader may be ahead of training.
const ahead = 2

// newLoader starts loading the batches of the steps from ≤ step < to. Step s takes
// the samples s·batch … of its epoch's order; what a view looks like depends on
// the seed, the epoch, the sample and the view alone, so a run that starts in the
// middle sees the same.
func newLoader[T tensor.Float](d *data.Dataset, p *view.Pipeline[T], cfg *Config, from, to int) *loader[T] {
	ctx, stop := context.WithCancel(context.Background())
	l := &loader[T]{
		ready: make(chan *tensor.Tensor[T], ahead),
		free:  make(chan []T, ahead+2),
		stop:  stop,
		done:  make(chan struct{}),
	}
	c, h, w := p.OutputShape()
	size := viewsPerImage * cfg.Batch * c * h * w
	for range ahead + 2 {
		l.free <- make([]T, size)
	}
	go func() {
		defer close(l.done)
		perEpoch := cfg.stepsPerEpoch(d.Len())
		var order []int
		for s := from; s < to; s++ {
			epoch, at := s/perEpoch, s%perEpoch*cfg.Batch
			if order == nil || at == 0 {
				order = data.Order(d.Len(), cfg.Seed, epoch)
			}
			var buf []T
			select {
			case buf = <-l.free:
			case <-ctx.Done():
				return
			}
			samples := order[at : at+cfg.Batch]
			tensor.Parallel(viewsPerImage*cfg.Batch, func(i int) {
				sample := samples[i%cfg.Batch]
				key := view.Key{Seed: cfg.Seed, Epoch: epoch, Sample: sample, View: i / cfg.Batch}
				p.Apply(buf[i*c*h*w:(i+1)*c*h*w], d.Image(sample), key)
			})
			select {
			case l.ready <- tensor.FromChannelsLast(buf, viewsPerImage*cfg.Batch, c, h, w):
			case <-ctx.Done():
				return
			}
		}
	}()
	return l
}

// next returns the next batch, to be given back by release.
func (l *loader[T]) next() *tensor.Tensor[T] { return <-l.ready }

func (l *loader[T]) release(batch *tensor.Tensor[T]) { l.free <- batch.Data() }

// close stops the loading and waits until it has.
func (l *loader[T]) close() {
	l.stop()
	<-l.done
}
