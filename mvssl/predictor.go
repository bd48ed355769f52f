package mvssl

import (
	"entrec/autograd"
	"entrec/nn"
)

// predictor predicts one projection from another; without a hidden width it is the
// identity.
type predictor[T Float] struct{ net *nn.Projector[T] }

// newPredictor builds a predictor with so many hidden units, 0 for none.
func newPredictor[T Float](b Build, hidden int) predictor[T] {
	if hidden == 0 {
		return predictor[T]{}
	}
	return predictor[T]{nn.NewProjector[T](b.Rand, b.Projector.Out, hidden, b.Projector.Out)}
}

// Forward returns the predictions of projections.
func (p predictor[T]) Forward(ctx nn.Context, z *autograd.Var[T]) *autograd.Var[T] {
	if p.net == nil {
		return z
	}
	return p.net.Forward(ctx, z)
}

// State visits the network, if there is one.
func (p predictor[T]) State(prefix string, visit nn.Visitor[T]) {
	if p.net != nil {
		p.net.State(prefix, visit)
	}
}
