package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// CMC are the parameters of cmc.
type CMC struct {
	Temperature float64 `json:"temperature" default:"0.2" range:"(0, 1e9)" doc:"what similarities are divided by"`
}

var cmcRow = Row{
	Name: "cmc", Branches: Identical, Projections: OnSphere, Objective: "InfoNCE across the views, both ways", Nats: true,
	Paper:      "Tian et al. 2020, arXiv:1906.05849",
	Parameters: CMC{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newCMC[float32], New64: newCMC[float64],
}

func newCMC[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, crossView[T]{b.Parameters.(CMC).Temperature, b.Batch})
}

// crossView is the objective of contrastive multiview coding (Tian et al., 2020) with
// the negatives of the batch: each view is told from the other views of other images,
// never from its own view of them. Its InfoNCE is the one with a proof: log n − loss is a
// lower bound on I(Z1; Z2) (van den Oord et al., 2018; the ER paper, section 3.1).
type crossView[T Float] struct {
	temperature float64
	batch       int
}

func (o crossView[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	forth, back := objective.InfoNCE(z1, z2, o.temperature), objective.InfoNCE(z2, z1, o.temperature)
	loss := autograd.Scale(autograd.Add(forth, back), 0.5)
	return Result[T]{Loss: loss, Terms: []Term{{"info_nce", item(loss)}}}
}

// CollapsedLoss is log n: all projections of the other view are as near as the positive.
func (o crossView[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(o.batch)), true
}
