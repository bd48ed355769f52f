package mvssl

import (
	"errors"
	"math/rand/v2"

	"entrec/mvssl/objective"
)

var vicregRow = Row{
	Name:        "vicreg",
	Branches:    "identical",
	Projections: "as they are",
	Objective:   "invariance + variance + covariance",
	Paper:       "Bardes et al. 2022, arXiv:2105.04906",

	Hyperparameters: []string{"invariance_weight", "variance_weight", "covariance_weight"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, InvarianceWeight: 25, VarianceWeight: 25, CovarianceWeight: 1}, adamRecipe
	},
	Check: func(c Config, _ Setting) error {
		if c.InvarianceWeight == 0 && c.VarianceWeight == 0 && c.CovarianceWeight == 0 {
			return errors.New("invariance_weight, variance_weight and covariance_weight are all 0: one at least must be positive")
		}
		return nil
	},
	New32: newVICReg[float32], New64: newVICReg[float64],
}

// vicreg draws the views together, keeps each column spread over the batch, and
// the columns uncorrelated (Bardes et al., 2022): reconstruction with a Gaussian
// q, and variance and covariance in the place of the entropy.
type vicreg[T Float] struct {
	backbone[T]
	cfg objective.VICRegConfig
}

func newVICReg[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	// 10⁻⁴ in the root of the variance is the official main_vicreg.py's.
	return &vicreg[T]{b, objective.VICRegConfig{Sim: c.InvarianceWeight, Std: c.VarianceWeight, Cov: c.CovarianceWeight, Eps: 1e-4}}, err
}

func (m *vicreg[T]) Loss(b Batch[T]) Result[T] {
	z := split(m.Forward(training, b.Groups[0]), b)
	loss := objective.VICReg(z[0], z[1], m.cfg)
	return Result[T]{Loss: loss, Terms: []Term{{"vicreg", item(loss)}}}
}
