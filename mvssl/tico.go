package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// TiCo are the parameters of tico.
type TiCo struct {
	Momentum float64 `json:"momentum" default:"0.9" range:"[0, 1)" doc:"momentum of the second moment of the projections"`
	Rho      float64 `json:"rho" default:"8" range:"[0, 1e9)" doc:"weight of the contrast with the second moment" remedy:"a larger --rho"`
}

var ticoRow = Row{
	Name: "tico", Branches: Identical, Projections: OnSphere, Objective: "invariance + contrast with a running second moment",
	Paper:      "Zhu et al. 2022, arXiv:2206.10698",
	Parameters: TiCo{}, Recipe: contrastiveRecipe, Projector: smallProjector,
	New32: newTiCo[float32], New64: newTiCo[float64],
}

// tico is the method that draws views together and away from where the projections of
// this and earlier batches lie (Zhu et al., 2022): their second moment C is a memory of
// samples that takes O(d²) however many they were, so that small batches do. The loss is
// the mean of both directions, as branches are identical, and so is the moment.
type tico[T Float] struct {
	Backbone[T]
	TiCo
	moment *autograd.Var[T] // C, (d, d), zeros at first
}

var _ Plateaued = (*tico[float32])(nil)

func newTiCo[T Float](b Build) (Method[T], error) {
	n, err := NewBackbone[T](b)
	return &tico[T]{n, b.Parameters.(TiCo), &autograd.Var[T]{Value: tensor.New[T](b.Projector.Out, b.Projector.Out)}}, err
}

func (m *tico[T]) Loss(b Batch[T]) Result[T] {
	z := b.ByView(m.Forward(training, b.Whole()))
	cfg := objective.TiCoConfig{Momentum: m.Momentum, Rho: m.Rho}
	first, moved := objective.TiCo(z[0], z[1], m.moment.Value, cfg)
	second, other := objective.TiCo(z[1], z[0], m.moment.Value, cfg)
	for i, v := range other.Data() {
		moved.Data()[i] = (moved.Data()[i] + v) / 2
	}
	m.moment.Value = moved
	loss := autograd.Scale(autograd.Add(first, second), 0.5)
	return Result[T]{Loss: loss, Terms: []Term{{"tico", item(loss)}}}
}

// State visits the networks and the second moment.
func (m *tico[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	visit(prefix+"second_moment", m.moment)
}

// CollapsedLoss is rho: all projections are one, and so is their second moment along it.
func (m *tico[T]) CollapsedLoss() (loss float64, known bool) { return m.Rho, true }
