package mvssl

import (
	"fmt"
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// Infomax are the parameters of infomax.
type Infomax struct {
	Variant InfomaxVariant `json:"variant" default:"linsker" doc:"linsker (coding rate and distance of the views) or imax (covariance of their sum over that of their difference)"`
	Eps     float64        `json:"eps" default:"0.2" range:"(0, 1e9)" doc:"variance of the noise: divided by the width in linsker, of each column in imax"`
	Kappa   float64        `json:"kappa" default:"64" range:"[0, 1e9)" doc:"of linsker: concentration of the reconstruction, the weight of 1 − cos"`
}

// InfomaxVariant is the objective of infomax.
type InfomaxVariant string

// The variants.
const (
	Linsker InfomaxVariant = "linsker"
	IMAX    InfomaxVariant = "imax"
)

// Choices returns the variants.
func (InfomaxVariant) Choices() []string { return []string{string(Linsker), string(IMAX)} }

// UnmarshalText takes one of the variants.
func (v *InfomaxVariant) UnmarshalText(text []byte) error { return choose(v, text) }

// CheckAsked reports a concentration in imax.
func (p Infomax) CheckAsked() error {
	const usual = 64 // as the tag has it
	if p.Variant == IMAX && p.Kappa != usual {
		return &ParameterError{"kappa", fmt.Errorf("found %v, which means nothing to variant imax, only to linsker: --variant linsker would do", p.Kappa)}
	}
	return nil
}

var infomaxRow = Row{
	Name: "infomax", Branches: Identical, Projections: OnSphere, Objective: "log-determinant of a Gaussian + reconstruction", Nats: true,
	Paper:      "Linsker 1988, doi:10.1109/2.36; Becker and Hinton 1992, doi:10.1038/355161a0",
	Parameters: Infomax{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newInfomax[float32], New64: newInfomax[float64],
}

func newInfomax[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(Infomax)
	if p.Variant == IMAX {
		return NewIdentical(b, imax[T]{p.Eps})
	}
	return NewIdentical(b, linsker[T]{p, b.Projector.Out})
}

// linsker is the bound with the entropy of a Gaussian: the coding rate of each view, the
// mean of both, and κ·(1 − cos) between them.
type linsker[T Float] struct {
	Infomax
	width int
}

func (o linsker[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	rate := autograd.Scale(autograd.Add(objective.CodingRate(z1, o.Eps), objective.CodingRate(z2, o.Eps)), 0.5)
	error := autograd.Scale(objective.Alignment(z1, z2, 2), o.Kappa/2)
	return Result[T]{Loss: autograd.Sub(error, rate), Terms: []Term{
		{"coding_rate", item(rate)},
		{"reconstruction", -item(error)},
	}}
}

// CollapsedLoss is −½·log(1 + d/eps): one direction has all of the variance.
func (o linsker[T]) CollapsedLoss() (loss float64, known bool) {
	return -math.Log1p(float64(o.width)/o.Eps) / 2, true
}

// imax is the information that two views share about a signal, if signal and noise are
// Gaussian (Becker and Hinton, 1992).
type imax[T Float] struct{ eps float64 }

func (o imax[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	loss := autograd.Scale(objective.IMAX(z1, z2, o.eps), -1)
	return Result[T]{Loss: loss, Terms: []Term{{"imax", item(loss)}}}
}

// CollapsedLoss is 0: neither sum nor difference varies.
func (imax[T]) CollapsedLoss() (loss float64, known bool) { return 0, true }
