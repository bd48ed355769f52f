package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// DCL are the parameters of dcl.
type DCL struct {
	Temperature float64 `json:"temperature" default:"0.2" range:"(0, 1e9)" doc:"what similarities are divided by"`
}

var dclRow = Row{
	Name: "dcl", Branches: Identical, Projections: OnSphere, Objective: "NT-Xent without the positive below", Nats: true,
	Paper:      "Yeh et al. 2022, arXiv:2110.06848",
	Parameters: DCL{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newDCL[float32], New64: newDCL[float64],
}

func newDCL[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, dcl[T]{b.Parameters.(DCL).Temperature, b.Batch})
}

// dcl is the decoupled contrastive loss (Yeh et al., 2022): that of SimCLR once the
// positive is left out of the denominator, where it damps the gradient of a sample
// whose views agree.
type dcl[T Float] struct {
	temperature float64
	batch       int
}

func (o dcl[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	loss := objective.DCL(z1, z2, o.temperature)
	return Result[T]{Loss: loss, Terms: []Term{{"dcl", item(loss)}}}
}

// Schedules returns the temperature.
func (o dcl[T]) Schedules(Progress) []Term { return []Term{{temperatureSchedule, o.temperature}} }

// CollapsedLoss is log(2n − 2): all negatives are as near as the positive.
func (o dcl[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(2*o.batch - 2)), true
}
