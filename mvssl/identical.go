package mvssl

import "entrec/autograd"

// PairObjective is an objective of the projections of two views, each (n, d), not
// normalized: the value in which methods with identical branches and continuous
// projections differ.
type PairObjective[T Float] interface {
	// Loss returns the loss, to be minimized, with its terms. That of more than two views
	// is the mean over their pairs, but for a [ViewsObjective].
	Loss(z1, z2 *autograd.Var[T]) Result[T]
}

// ViewsObjective is a [PairObjective] that has a meaning of its own for more than two
// views.
type ViewsObjective[T Float] interface {
	PairObjective[T]
	// LossOf returns the loss of the projections of each view.
	LossOf(views []*autograd.Var[T]) Result[T]
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
	if o, ok := m.objective.(ViewsObjective[T]); ok {
		return o.LossOf(z)
	}
	return overPairs(z, func(i, j int) Result[T] { return m.objective.Loss(z[i], z[j]) })
}

// CollapsedLoss is the objective's.
func (m *identical[T]) CollapsedLoss() (loss float64, known bool) { return collapsedLoss(m.objective) }

// Schedules returns the objective's.
func (m *identical[T]) Schedules(p Progress) []Term { return schedules(m.objective, p) }

// collapsedLoss returns the loss of an objective for representations that have
// collapsed, where it knows.
func collapsedLoss(objective any) (loss float64, known bool) {
	if p, ok := objective.(Plateaued); ok {
		return p.CollapsedLoss()
	}
	return 0, false
}
