package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// DHEL are the parameters of dhel.
type DHEL struct {
	Temperature float64 `json:"temperature" default:"0.2" range:"(0, 1e9)" doc:"what similarities are divided by"`
}

var dhelRow = Row{
	Name: "dhel", Branches: Identical, Projections: OnSphere, Objective: "decoupled hyperspherical energy", Nats: true,
	Paper:      "Koromilas et al. 2024, arXiv:2405.18045",
	Parameters: DHEL{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newDHEL[float32], New64: newDHEL[float64],
}

func newDHEL[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, dhel[T]{b.Parameters.(DHEL).Temperature, b.Batch})
}

// dhel is the decoupled hyperspherical energy loss (Koromilas et al., 2024): each view
// is spread over the sphere by itself, and the views are pulled together. It is the ER
// objective without the self term and with the entropy weighted 2.
type dhel[T Float] struct {
	temperature float64
	batch       int
}

func (o dhel[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	loss := objective.DHEL(z1, z2, o.temperature)
	return Result[T]{Loss: loss, Terms: []Term{{"dhel", item(loss)}}}
}

// Schedules returns the temperature.
func (o dhel[T]) Schedules(Progress) []Term { return []Term{{temperatureSchedule, o.temperature}} }

// CollapsedLoss is 2·log(n − 1) + 1/temperature: all similarities are 1.
func (o dhel[T]) CollapsedLoss() (loss float64, known bool) {
	return 2*math.Log(float64(o.batch-1)) + 1/o.temperature, true
}
