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
	Parameters: TiCo{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newTiCo[float32], New64: newTiCo[float64],
}

// tico is the method that draws views together and away from where the projections of
// this and earlier batches lie (Zhu et al., 2022): their second moment C is a memory of
// samples that takes O(d²) however many they were, so that small batches do. The loss is
// the mean of both directions, as branches are identical, over all pairs of views, and the
// moment is that of all views.
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
	moved := make([]*tensor.Tensor[T], len(z)) // by each view
	r := overPairs(z, func(i, j int) Result[T] {
		forth, byFirst := objective.TiCo(z[i], z[j], m.moment.Value, cfg)
		back, bySecond := objective.TiCo(z[j], z[i], m.moment.Value, cfg)
		moved[i], moved[j] = byFirst, bySecond
		loss := autograd.Scale(autograd.Add(forth, back), 0.5)
		return Result[T]{Loss: loss, Terms: []Term{{"tico", item(loss)}}}
	})
	mean := moved[0]
	for _, other := range moved[1:] {
		for i, v := range other.Data() {
			mean.Data()[i] += v
		}
	}
	for i := range mean.Data() {
		mean.Data()[i] /= T(len(z))
	}
	m.moment.Value = mean
	return r
}

// State visits the networks and the second moment.
func (m *tico[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	visit(prefix+"second_moment", m.moment)
}

// CollapsedLoss is rho: all projections are one, and so is their second moment along it.
func (m *tico[T]) CollapsedLoss() (loss float64, known bool) { return m.Rho, true }
