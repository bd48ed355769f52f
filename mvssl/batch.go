package mvssl

import (
	"entrec/autograd"
)

// wholeViews is how many views of the whole image every method has; more are
// smaller crops.
const wholeViews = 2

// Progress says how far training has come, for schedules.
type Progress struct {
	Step, Steps   int // the step being made, from 0, of those that the run makes
	Epoch         int // from 0
	StepsPerEpoch int
}

// Batch is what a method sees of the data in one pass: some samples, two views of
// the whole image of each and, for some methods, more views of small crops.
type Batch[T Float] struct {
	Progress
	// Samples holds the index of each of the n samples in the training set.
	Samples []int
	// bySize holds the views on the step's tape. Consecutive views of one size are
	// together, (views·n, c, h, w): the first view of all n samples, then the second of
	// all, and so on.
	bySize []*autograd.Var[T]
}

// NewBatch returns a batch of views of samples. Consecutive views of one size are
// one Var, (views·n, c, h, w): the first view of all n samples, then the second of
// all, and so on; the two whole views come first.
func NewBatch[T Float](p Progress, samples []int, bySize ...*autograd.Var[T]) Batch[T] {
	return Batch[T]{p, samples, bySize}
}

// Whole returns the whole views: (2n, c, h, w), the first of all n samples, then the
// second.
func (b Batch[T]) Whole() *autograd.Var[T] {
	n := wholeViews * len(b.Samples)
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
