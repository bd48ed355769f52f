package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
)

// BarlowTwins are the parameters of barlow-twins.
type BarlowTwins struct {
	Lambda float64 `json:"lambda" default:"0.005" range:"(0, 1e9)" doc:"weight of the correlations off the diagonal"`
}

var barlowTwinsRow = Row{
	Name: "barlow-twins", Branches: Identical, Projections: AsTheyAre, Objective: "correlations over the batch toward the identity",
	Paper:      "Zbontar et al. 2021, arXiv:2103.03230",
	Parameters: BarlowTwins{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newBarlowTwins[float32], New64: newBarlowTwins[float64],
}

func newBarlowTwins[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, barlowTwins[T]{b.Parameters.(BarlowTwins).Lambda})
}

// barlowTwins is the objective that makes the columns of one view correlate with
// themselves in the other view, and with nothing else (Zbontar et al., 2021): the
// diagonal is the reconstruction, what is off it stands for the entropy, that of a
// Gaussian whose covariance is the correlation.
type barlowTwins[T Float] struct{ lambda float64 }

// standardizeEps is added to the variance where columns are standardized, batch
// norm's as in the official main.py.
const standardizeEps = 1e-5

func (o barlowTwins[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	loss := objective.BarlowTwins(z1, z2, o.lambda, standardizeEps)
	return Result[T]{Loss: loss, Terms: []Term{{"barlow_twins", item(loss)}}}
}
