package mvssl

import (
	"math/rand/v2"

	"entrec/mvssl/objective"
)

var barlowTwinsRow = Row{
	Name:        "barlow-twins",
	Branches:    "identical",
	Projections: "as they are",
	Objective:   "correlations over the batch toward the identity",
	Paper:       "Zbontar et al. 2021, arXiv:2103.03230",

	Hyperparameters: []string{"lambda"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Lambda: 0.005}, adamRecipe
	},
	New32: newBarlowTwins[float32], New64: newBarlowTwins[float64],
}

// barlowTwins makes the columns of one view correlate with themselves in the other
// view, and with nothing else (Zbontar et al., 2021): the diagonal is the
// reconstruction, what is off it stands for the entropy, that of a Gaussian whose
// covariance is the correlation.
type barlowTwins[T Float] struct {
	backbone[T]
	lambda float64
}

func newBarlowTwins[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &barlowTwins[T]{b, c.Lambda}, err
}

// standardizeEps is added to the variance where columns are standardized, batch
// norm's as in the official main.py.
const standardizeEps = 1e-5

func (m *barlowTwins[T]) Loss(b Batch[T]) Result[T] {
	z := split(m.Forward(training, b.Groups[0]), b)
	loss := objective.BarlowTwins(z[0], z[1], m.lambda, standardizeEps)
	return Result[T]{Loss: loss, Terms: []Term{{"barlow_twins", item(loss)}}}
}
