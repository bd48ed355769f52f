package mvssl

import (
	"slices"

	"entrec/autograd"
)

// wholeViews is how many views of the whole image every method has. Some take more; the
// others are smaller crops.
const wholeViews = 2

// Progress says how far training has come, for schedules.
type Progress struct {
	Step, Steps   int // the step being made, from 0, of those that the run makes
	Epoch         int // from 0
	StepsPerEpoch int
}

// Batch is what a method sees of the data in one pass: some samples, two or more views of
// the whole image of each and, for some methods, more views of small crops.
type Batch[T Float] struct {
	Progress
	// Samples holds the index of each of the n samples in the training set.
	Samples []int
	// Labels holds the label of each sample, for a method that is supervised; nil for all
	// others.
	Labels []int
	// bySize holds the views on the step's tape. Consecutive views of one size are
	// together, (views·n, c, h, w): the first view of all n samples, then the second of
	// all, and so on.
	bySize []*autograd.Var[T]
	whole  int // views of the whole image
}

// NewBatch returns a batch of views of samples. Consecutive views of one size are
// one Var, (views·n, c, h, w): the first view of all n samples, then the second of
// all, and so on; the two whole views come first, more of them after [Batch.WithWhole].
func NewBatch[T Float](p Progress, samples []int, bySize ...*autograd.Var[T]) Batch[T] {
	return Batch[T]{Progress: p, Samples: samples, bySize: bySize, whole: wholeViews}
}

// WithLabels returns the batch with the labels of its samples, of those of the whole
// training set.
func (b Batch[T]) WithLabels(all []int) Batch[T] {
	b.Labels = make([]int, len(b.Samples))
	for i, sample := range b.Samples {
		b.Labels[i] = all[sample]
	}
	return b
}

// WithWhole returns the batch with its first so many views for whole ones, all of one
// size.
func (b Batch[T]) WithWhole(views int) Batch[T] {
	b.whole = views
	return b
}

// Whole returns the whole views: (views·n, c, h, w), the first of all n samples, then the
// second, and so on.
func (b Batch[T]) Whole() *autograd.Var[T] {
	n := b.whole * len(b.Samples)
	if b.bySize[0].Value.Dim(0) == n {
		return b.bySize[0]
	}
	return autograd.Slice(b.bySize[0], 0, 0, n)
}

// Each returns f of all views, whole ones and small crops, (views·n, …). Views of one
// size go through f together, since a network takes images of one size at a time.
func (b Batch[T]) Each(f func(images *autograd.Var[T]) *autograd.Var[T]) *autograd.Var[T] {
	parts := make([]*autograd.Var[T], len(b.bySize))
	for i, images := range b.bySize {
		parts[i] = f(images)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return autograd.Concat(0, parts...)
}

// ByView cuts rows (views·n, d), which were made of the batch's views in order, into
// those of each view, (n, d).
func (b Batch[T]) ByView(rows *autograd.Var[T]) []*autograd.Var[T] {
	n := len(b.Samples)
	views := make([]*autograd.Var[T], rows.Value.Dim(0)/n)
	for i := range views {
		views[i] = autograd.Slice(rows, 0, i*n, (i+1)*n)
	}
	return views
}

// overViews returns the mean of the losses of so many views, each by itself.
func overViews[T Float](views int, loss func(i int) *autograd.Var[T]) *autograd.Var[T] {
	sum := loss(0)
	for i := 1; i < views; i++ {
		sum = autograd.Add(sum, loss(i))
	}
	return autograd.Scale(sum, 1/float64(views))
}

// overPairs returns the mean of an objective over all pairs of views, (n, d) each: the
// objective itself of two views.
func overPairs[T Float](views []*autograd.Var[T], loss func(i, j int) Result[T]) Result[T] {
	var sum Result[T]
	pairs := float64(len(views)*(len(views)-1)) / 2
	for i := range views {
		for j := i + 1; j < len(views); j++ {
			r := loss(i, j)
			if pairs == 1 {
				return r
			}
			if sum.Loss == nil {
				sum = Result[T]{r.Loss, slices.Clone(r.Terms)}
				continue
			}
			sum.Loss = autograd.Add(sum.Loss, r.Loss)
			for k, t := range r.Terms {
				sum.Terms[k].Value += t.Value
			}
		}
	}
	for k := range sum.Terms {
		sum.Terms[k].Value /= pairs
	}
	return Result[T]{autograd.Scale(sum.Loss, 1/pairs), sum.Terms}
}
