package mvssl

import (
	"math/rand/v2"

	"entrec/mvssl/objective"
	"entrec/nn"
)

var simclrRow = Row{
	Name:        "simclr",
	Branches:    "identical",
	Projections: "as they are, on the sphere",
	Objective:   "NT-Xent",
	Paper:       "Chen et al. 2020, arXiv:2002.05709",

	Hyperparameters: []string{"temperature"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: ProjectorConfig{Hidden: 512, Out: 128}, Temperature: 0.2}, contrastiveRecipe
	},
	New32: newSimCLR[float32], New64: newSimCLR[float64],
}

// contrastiveRecipe is lightly's for CIFAR-10 at batch 128 (cifar10_benchmark.py),
// with a warm-up over a tenth of the steps.
var contrastiveRecipe = Recipe{Optimizer: "sgd", LR: 0.06, Momentum: 0.9, WeightDecay: 5e-4, DecayNorms: true, Warmup: 0.1}

// simclr is SimCLR (Chen et al., 2020): both views go through the same encoder
// and projector, in one pass, so that batch norm sees them together as in the
// official code; the loss is NT-Xent. Its numerator is the reconstruction with a
// von Mises–Fisher q of concentration 1/temperature, its denominator minus a
// kernel density estimate of the entropy (Wang and Isola, 2020; the ER paper,
// section 3.1).
type simclr[T Float] struct {
	backbone[T]
	temperature float64
}

func newSimCLR[T Float](rng *rand.Rand, c Config) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &simclr[T]{b, c.Temperature}, err
}

// newBackbone builds encoder and projector.
func newBackbone[T Float](rng *rand.Rand, c Config) (backbone[T], error) {
	encoder, err := nn.NewEncoder[T](rng, c.Encoder)
	if err != nil {
		return backbone[T]{}, err
	}
	return backbone[T]{encoder, nn.NewProjector[T](rng, encoder.Dim(), c.Projector.Hidden, c.Projector.Out)}, nil
}

func (m *simclr[T]) Loss(b Batch[T]) Result[T] {
	z := m.forward(nn.Context{Training: true}, b.Images)
	loss := objective.NTXent(view(z, b, 0), view(z, b, 1), m.temperature)
	return Result[T]{Loss: loss, Terms: []Term{{"nt_xent", item(loss)}}}
}

func (m *simclr[T]) Update() {}

func (m *simclr[T]) Parameters() []nn.Named[T] { return parameters(m.State) }
