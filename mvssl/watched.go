package mvssl

import (
	"entrec/autograd"
	"entrec/nn"
)

// watched lets somebody see the features that a method trains. Methods embed it, most of
// them in their [Backbone].
type watched[T Float] struct {
	watch func(features *autograd.Var[T]) // or nil
}

// Watch has f see the features of each forward pass that trains, (views·n, dim), the rows
// of each view in the order of the batch's samples, until the tape goes backward.
func (w *watched[T]) Watch(f func(features *autograd.Var[T])) { w.watch = f }

// seen shows features of training to who watches, and returns them.
func (w *watched[T]) seen(ctx nn.Context, features *autograd.Var[T]) *autograd.Var[T] {
	if ctx.Training && w.watch != nil {
		w.watch(features)
	}
	return features
}
