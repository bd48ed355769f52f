package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// SimCLR are the parameters of simclr.
type SimCLR struct {
	Temperature float64 `json:"temperature" default:"0.2" range:"(0, 1e9)" doc:"what similarities are divided by"`
}

var simclrRow = Row{
	Name: "simclr", Branches: Identical, Projections: OnSphere, Objective: "NT-Xent", Nats: true,
	Paper:      "Chen et al. 2020, arXiv:2002.05709",
	Parameters: SimCLR{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newSimCLR[float32], New64: newSimCLR[float64],
}

func newSimCLR[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, ntXent[T]{b.Parameters.(SimCLR).Temperature, b.Batch})
}

// ntXent is the objective of SimCLR (Chen et al., 2020). Its numerator is the
// reconstruction with a von Mises–Fisher q of concentration 1/temperature, its
// denominator minus a kernel density estimate of the entropy (Wang and Isola, 2020;
// the ER paper, section 3.1).
type ntXent[T Float] struct {
	temperature float64
	batch       int
}

func (o ntXent[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	loss := objective.NTXent(z1, z2, o.temperature)
	return Result[T]{Loss: loss, Terms: []Term{{"nt_xent", item(loss)}}}
}

// Schedules returns the temperature.
func (o ntXent[T]) Schedules(Progress) []Term { return []Term{{temperatureSchedule, o.temperature}} }

// CollapsedLoss is log(2n − 1): all other projections are as near as the positive.
func (o ntXent[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(2*o.batch - 1)), true
}
