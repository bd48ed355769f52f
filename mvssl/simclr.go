package mvssl

import (
	"math"
	"math/rand/v2"

	"entrec/mvssl/objective"
)

var simclrRow = Row{
	Name:        "simclr",
	Branches:    "identical",
	Projections: "as they are, on the sphere",
	Objective:   "NT-Xent",
	Paper:       "Chen et al. 2020, arXiv:2002.05709",

	Hyperparameters: []string{"temperature"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Temperature: 0.2}, contrastiveRecipe
	},
	New32: newSimCLR[float32], New64: newSimCLR[float64],
}

// simclr is SimCLR (Chen et al., 2020): both views go through the same encoder
// and projector, in one pass, so that batch norm sees them together as in the
// official code; the loss is NT-Xent. Its numerator is the reconstruction with a
// von Mises–Fisher q of concentration 1/temperature, its denominator minus a
// kernel density estimate of the entropy (Wang and Isola, 2020; the ER paper,
// section 3.1).
type simclr[T Float] struct {
	backbone[T]
	temperature float64
	batch       int
}

func newSimCLR[T Float](rng *rand.Rand, c Config, s Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &simclr[T]{b, c.Temperature, s.Batch}, err
}

func (m *simclr[T]) Loss(b Batch[T]) Result[T] {
	z := split(m.Forward(training, b.Groups[0]), b)
	loss := objective.NTXent(z[0], z[1], m.temperature)
	return Result[T]{Loss: loss, Terms: []Term{{"nt_xent", item(loss)}}}
}

// CollapsedLoss is log(2n − 1): all other projections are as near as the positive.
func (m *simclr[T]) CollapsedLoss() float64 { return math.Log(float64(2*m.batch - 1)) }
