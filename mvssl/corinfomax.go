package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// CorInfoMax are the parameters of corinfomax.
type CorInfoMax struct {
	Decay            float64 `json:"decay" default:"0.01" range:"[0, 1)" doc:"how much of the running covariances stays at each batch"`
	Eps              float64 `json:"eps" default:"0.01" range:"(0, 1e9)" doc:"added to the diagonal of the covariances"`
	InvarianceWeight float64 `json:"invariance_weight" default:"25" range:"[0, 1e9)" doc:"weight of the views' distance" remedy:"a smaller --invariance-weight"`
}

var corInfoMaxRow = Row{
	Name: "corinfomax", Branches: Identical, Projections: AsTheyAre, Objective: "log-determinants of running covariances + distance of the views",
	Paper:      "Ozsoy et al. 2022, arXiv:2209.07999",
	Parameters: CorInfoMax{}, Recipe: adamRecipe, Projector: ProjectorConfig{Hidden: 512, Out: 64},
	New32: newCorInfoMax[float32], New64: newCorInfoMax[float64],
}

// corInfoMax is the objective that maximizes the entropy of a Gaussian with each view's
// covariance, and draws the views together: reconstruction with a Gaussian q (Ozsoy et
// al., 2022). The covariances are exponential moving averages, so that a batch smaller
// than the projections are wide still fills all directions.
type corInfoMax[T Float] struct {
	Backbone[T]
	CorInfoMax
	covariances [2]*autograd.Var[T] // (d, d), of each view
}

var _ Plateaued = (*corInfoMax[float32])(nil)

func newCorInfoMax[T Float](b Build) (Method[T], error) {
	n, err := NewBackbone[T](b)
	m := &corInfoMax[T]{Backbone: n, CorInfoMax: b.Parameters.(CorInfoMax)}
	for i := range m.covariances {
		eye := tensor.New[T](b.Projector.Out, b.Projector.Out)
		for j := range b.Projector.Out {
			eye.Set(1, j, j)
		}
		m.covariances[i] = &autograd.Var[T]{Value: eye}
	}
	return m, err
}

func (m *corInfoMax[T]) Loss(b Batch[T]) Result[T] {
	z := b.ByView(m.Forward(training, b.Whole()))
	p := objective.CorInfoMax(z[0], z[1], m.covariances[0].Value, m.covariances[1].Value, objective.CorInfoMaxConfig{
		Decay: m.Decay, Eps: m.Eps, Weight: m.InvarianceWeight,
	})
	tensor.CopyTo(m.covariances[0].Value, p.R1)
	tensor.CopyTo(m.covariances[1].Value, p.R2)
	return Result[T]{Loss: p.Loss, Terms: []Term{{"log_dets", p.LogDets}, {"invariance", p.Difference}}}
}

// State visits the networks and the covariances.
func (m *corInfoMax[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	visit(prefix+"covariance1", m.covariances[0])
	visit(prefix+"covariance2", m.covariances[1])
}

// CollapsedLoss is −2·log eps: nothing varies.
func (m *corInfoMax[T]) CollapsedLoss() (loss float64, known bool) { return -2 * math.Log(m.Eps), true }
