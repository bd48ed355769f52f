package train

import (
	"context"

	"entrec/mvssl/data"
	"entrec/tensor"
)

// loader makes the batches of the passes to come while a step runs, an epoch at a
// time.
type loader[T tensor.Float] struct {
	data  *data.Dataset
	views *viewSet[T]
	seed  uint64
	free  chan *images[T]

	ready chan *images[T] // of the epoch
	err   error           // why ready is closed before its end
	stop  context.CancelFunc
	done  chan struct{}
}

// ahead is how many batches the loader may be ahead of training.
const ahead = 2

// newLoader returns a loader of batches of n samples.
func newLoader[T tensor.Float](d *data.Dataset, views *viewSet[T], seed uint64, n int) *loader[T] {
	l := &loader[T]{data: d, views: views, seed: seed, free: make(chan *images[T], ahead+2)}
	for range ahead + 2 {
		l.free <- views.allocate(n)
	}
	return l
}

// start begins to load an epoch's passes from ≤ pass < to. Pass i takes the samples
// i·n … of order; what a view looks like depends on the seed, the epoch, the
// sample, how often the epoch had it before, and the view alone, so a run that
// starts in the middle sees the same.
func (l *loader[T]) start(order []int, epoch, from, to int) {
	ctx, stop := context.WithCancel(context.Background())
	l.ready, l.stop, l.done = make(chan *images[T], ahead), stop, make(chan struct{})
	repeats := occurrences(order)
	go func() {
		defer close(l.done)
		for pass := from; pass < to; pass++ {
			var batch *images[T]
			select {
			case batch = <-l.free:
			case <-ctx.Done():
				return
			}
			n := len(batch.samples)
			copy(batch.samples, order[pass*n:])
			if l.err = l.views.fill(batch, l.data, l.seed, epoch, repeats[pass*n:]); l.err != nil {
				l.free <- batch
				close(l.ready)
				return
			}
			select {
			case l.ready <- batch:
			case <-ctx.Done():
				l.free <- batch
				return
			}
		}
	}()
}

// next returns the next batch, to be given back by release. The error is that of an image
// that cannot be read.
func (l *loader[T]) next() (*images[T], error) {
	batch, ok := <-l.ready
	if !ok {
		return nil, l.err
	}
	return batch, nil
}

func (l *loader[T]) release(batch *images[T]) { l.free <- batch }

// end stops the loading of the epoch and waits until it has. Batches that were
// made ahead are dropped with it.
func (l *loader[T]) end() {
	l.stop()
	<-l.done
	for len(l.ready) > 0 {
		l.free <- <-l.ready
	}
}

// occurrences returns, for each place of an order, how often its sample stands
// before it.
func occurrences(order []int) []int {
	seen := make(map[int]int, len(order))
	times := make([]int, len(order))
	for i, sample := range order {
		times[i] = seen[sample]
		seen[sample]++
	}
	return times
}
