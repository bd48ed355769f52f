package mvssl

import "entrec/autograd"

// PairObjective is an objective of the projections of two views, each (n, d), not
// normalized: the value in which methods with identical branches and continuous
// projections differ.
type PairObjective[T Float] interface {
	// Loss returns the loss, to be minimized, with its terms.
	Loss(z1, z2 *autograd.Var[T]) Result[T]
}

// NewIdentical returns the method with identical branches that has the given
// objective: both views go through the same encoder and projector, in one pass, so
// that batch norm sees them together as in SimCLR's official code.
func NewIdentical[T Float](b Build, o PairObjective[T]) (Method[T], error) {
	n, err := NewBackbone[T](b)
	return &identical[T]{n, o}, err
}

// identical is a method with identical branches and continuous projections.
type identical[T Float] struct {
	Backbone[T]
	objective PairObjective[T]
}

var _ Plateaued = (*identical[float32])(nil)

func (m *identical[T]) Loss(b Batch[T]) Result[T] {
	z := b.ByView(m.Forward(training, b.Whole()))
	return m.objective.Loss(z[0], z[1])
}

// CollapsedLoss is the objective's.
func (m *identical[T]) CollapsedLoss() (loss float64, known bool) { return collapsedLoss(m.objective) }

// collapsedLoss returns the loss of an objective for representations that have
// collapsed, where it knows.
func collapsedLoss(objective any) (loss float64, known bool) {
	if p, ok := objective.(Plateaued); ok {
		return p.CollapsedLoss()
	}
	return 0, false
}
