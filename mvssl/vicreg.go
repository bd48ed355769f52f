package mvssl

import (
	"errors"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// VICReg are the parameters of vicreg.
type VICReg struct {
	InvarianceWeight float64 `json:"invariance_weight" default:"25" range:"[0, 1e9)" doc:"weight of the views' distance"`
	VarianceWeight   float64 `json:"variance_weight" default:"25" range:"[0, 1e9)" doc:"weight of the hinge on the columns' spread" remedy:"a larger --variance-weight"`
	CovarianceWeight float64 `json:"covariance_weight" default:"1" range:"[0, 1e9)" doc:"weight of the columns' covariance"`
}

// Check reports weights that are all 0.
func (p VICReg) Check(Setting) error {
	if p.InvarianceWeight == 0 && p.VarianceWeight == 0 && p.CovarianceWeight == 0 {
		return errors.New("invariance_weight, variance_weight and covariance_weight are all 0: one at least must be positive")
	}
	return nil
}

var vicregRow = Row{
	Name: "vicreg", Branches: Identical, Projections: AsTheyAre, Objective: "invariance + variance + covariance",
	Paper:      "Bardes et al. 2022, arXiv:2105.04906",
	Parameters: VICReg{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newVICReg[float32], New64: newVICReg[float64],
}

func newVICReg[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(VICReg)
	// 10⁻⁴ in the root of the variance is the official main_vicreg.py's.
	return NewIdentical(b, vicreg[T]{objective.VICRegConfig{Sim: p.InvarianceWeight, Std: p.VarianceWeight, Cov: p.CovarianceWeight, Eps: 1e-4}})
}

// vicreg is the objective that draws the views together, keeps each column spread
// over the batch, and the columns uncorrelated (Bardes et al., 2022): reconstruction
// with a Gaussian q, and variance and covariance in the place of the entropy.
type vicreg[T Float] struct{ config objective.VICRegConfig }

func (o vicreg[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	loss := objective.VICReg(z1, z2, o.config)
	return Result[T]{Loss: loss, Terms: []Term{{"vicreg", item(loss)}}}
}
