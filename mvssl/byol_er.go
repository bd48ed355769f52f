package mvssl

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

var byolERRow = Row{
	Name:        "byol-er",
	Branches:    "EMA target, predictor",
	Projections: "as they are, on the sphere",
	Objective:   "entropy of the online predictions + reconstruction",
	Paper:       "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",

	Hyperparameters: []string{"ema", "predictor", "kappa", "er_self", "entropy_weight"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Predictor: 512, Kappa: 5, EntropyWeight: 1}, contrastiveRecipe
	},
	Fit: func(c *Config, s Setting) {
		if c.EMA == 0 {
			c.EMA = emaBase(s.Steps, 0.99)
		}
	},
	Views: asymmetricViews,
	New32: newBYOLER[float32], New64: newBYOLER[float64],
}

// byolER is BYOL with the bound as its objective (the ER paper, section 4): to the
// reconstruction of the target's projections, von Mises–Fisher around the
// predictions, comes the entropy of what gradients reach, which are the
// predictions themselves.
type byolER[T Float] struct {
	byolBranches[T]
	entropy objective.EntropyConfig
	weight  float64
}

func newBYOLER[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBYOLBranches[T](rng, c)
	return &byolER[T]{b, objective.EntropyConfig{Kappa: c.Kappa, Self: c.ERSelf}, c.EntropyWeight}, err
}

func (m *byolER[T]) Loss(b Batch[T]) Result[T] {
	p, z := m.forward(b)
	for i := range p {
		p[i] = autograd.Normalize(p[i], normalizeEps)
	}
	half := func(x, y *autograd.Var[T]) *autograd.Var[T] { return autograd.Scale(autograd.Add(x, y), 0.5) }
	entropy := half(objective.EntropySphere(p[0], m.entropy), objective.EntropySphere(p[1], m.entropy))
	missed := half(m.missed(p[0], z[1]), m.missed(p[1], z[0]))
	return Result[T]{
		Loss:  autograd.Sub(missed, autograd.Scale(entropy, m.weight)),
		Terms: []Term{{"entropy", item(entropy)}, {"reconstruction", -item(missed)}},
	}
}

// missed returns the reconstruction error of a target's projections.
func (m *byolER[T]) missed(prediction *autograd.Var[T], z *tensor.Tensor[T]) *autograd.Var[T] {
	constant := autograd.Normalize(m.target.tape.Constant(z), normalizeEps)
	return objective.ReconstructionSphere(prediction, constant, m.entropy.Kappa, objective.Exact)
}
