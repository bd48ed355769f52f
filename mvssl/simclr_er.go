package mvssl

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

var simclrERRow = Row{
	Name:        "simclr-er",
	Branches:    "identical",
	Projections: "as they are, on the sphere",
	Objective:   "entropy + reconstruction",
	Paper:       "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",

	Hyperparameters: []string{"kappa", "er_self", "entropy_weight"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Kappa: 5, EntropyWeight: 1}, contrastiveRecipe
	},
	New32: newSimCLRER[float32], New64: newSimCLRER[float64],
}

// simclrER is SimCLR with the bound itself as its objective: −(entropy +
// reconstruction), symmetrized over the views (the ER paper, section 4).
type simclrER[T Float] struct {
	backbone[T]
	er objective.ERConfig
}

func newSimCLRER[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &simclrER[T]{b, objective.ERConfig{
		EntropyConfig: objective.EntropyConfig{Kappa: c.Kappa, Self: c.ERSelf},
		EntropyWeight: c.EntropyWeight,
	}}, err
}

func (m *simclrER[T]) Loss(b Batch[T]) Result[T] {
	z := split(autograd.Normalize(m.Forward(training, b.Groups[0]), normalizeEps), b)
	er := objective.ER(z[0], z[1], m.er)
	return Result[T]{Loss: er.Loss, Terms: []Term{
		{"entropy", item(er.Entropy)},
		{"reconstruction", -item(er.Reconstruction)},
	}}
}
