package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
)

// LeJEPA are the parameters of lejepa.
type LeJEPA struct {
	Lambda float64 `json:"lambda" default:"0.05" range:"(0, 1)" doc:"weight of SIGReg; the prediction has 1 − lambda" remedy:"a larger --lambda"`
	Slices int     `json:"slices" default:"256" range:"[1, 65536]" doc:"directions that a step looks along"`
	Knots  int     `json:"knots" default:"17" range:"[2, 1024]" doc:"points at which characteristic functions are compared"`
}

var lejepaRow = Row{
	Name: "lejepa", Branches: Identical, Projections: AsTheyAre, Objective: "prediction + SIGReg",
	Paper:      "Balestriero and LeCun 2025, arXiv:2511.08544",
	Parameters: LeJEPA{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newLeJEPA[float32], New64: newLeJEPA[float64],
}

// lejepa is the method that predicts the mean of an image's views from each, and holds
// the projections to a standard normal distribution along random directions, new in each
// step (Balestriero and LeCun, 2025): reconstruction with a Gaussian q, and in the place of
// the entropy's maximum the distribution that has it.
type lejepa[T Float] struct {
	Backbone[T]
	LeJEPA
	directions[T]
	batch int
}

var _ Plateaued = (*lejepa[float32])(nil)

func newLeJEPA[T Float](b Build) (Method[T], error) {
	n, err := NewBackbone[T](b)
	p := b.Parameters.(LeJEPA)
	return &lejepa[T]{n, p, directions[T]{p.Slices, b.Projector.Out, b.Rand.Uint64()}, b.Batch}, err
}

func (m *lejepa[T]) Loss(b Batch[T]) Result[T] {
	z := b.ByView(m.Forward(training, b.Whole()))
	// The mean squared distance of v views from their mean is (v−1)/2v of that of two of
	// them from each other.
	v := float64(len(z))
	apart := overPairs(z, func(i, j int) Result[T] {
		d := autograd.Sub(z[i], z[j])
		return Result[T]{Loss: autograd.Mean(autograd.Mul(d, d))}
	})
	prediction := autograd.Scale(apart.Loss, (v-1)/(2*v))
	slices := m.Directions(b.Step)
	sum := objective.SIGReg(z[0], slices, m.Knots)
	for _, other := range z[1:] {
		sum = autograd.Add(sum, objective.SIGReg(other, slices, m.Knots))
	}
	normality := autograd.Scale(sum, 1/v)
	loss := autograd.Add(autograd.Scale(prediction, 1-m.Lambda), autograd.Scale(normality, m.Lambda))
	return Result[T]{Loss: loss, Terms: []Term{{"prediction", item(prediction)}, {"sigreg", item(normality)}}}
}

// CollapsedLoss is that of projections that are all 0: the point that is nearest to a
// normal distribution.
func (m *lejepa[T]) CollapsedLoss() (loss float64, known bool) {
	return m.Lambda * objective.SIGRegOfPoint(m.batch, m.Knots), true
}
