package main

import (
	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/objective"
)

// Mine are the parameters of mine. Flags, checks, help and the JSON of a run's
// configuration follow from the tags.
type Mine struct {
	MyParameter float64 `json:"my_parameter" default:"3" range:"(0, 100]" doc:"squared radius of the sphere" remedy:"a larger --my-parameter"`
}

func init() {
	like, err := mvssl.Find("simclr")
	if err != nil {
		panic(err) // it is in the table
	}
	mine := mvssl.Row{
		Name: "mine", Branches: mvssl.Identical, Projections: mvssl.OnSphere, Objective: "spectral contrast",
		Paper:      "HaoChen et al. 2021, arXiv:2106.04156",
		Parameters: Mine{}, Recipe: like.Recipe, Projector: like.Projector, Views: views,
		New32: newMine[float32], New64: newMine[float64],
	}
	mvssl.Register(mine)
	mvssl.Register(mine.Twin(mvssl.Twin{
		Name: "mine-er", Objective: "entropy + reconstruction",
		Paper:      "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",
		Parameters: mvssl.SphereER{}, New32: newMineER[float32], New64: newMineER[float64],
	}))
}

// views returns SimCLR's views, never gray.
func views(c mvssl.Config, channels, size int) []mvssl.View {
	v := mvssl.SimCLRViews(c, channels, size)
	v[0].Grayscale = 0
	return v
}

func newMine[T mvssl.Float](b mvssl.Build) (mvssl.Method[T], error) {
	return mvssl.NewIdentical(b, spectral[T]{b.Parameters.(Mine).MyParameter})
}

// spectral is the objective of HaoChen et al. (2021), for z on the sphere of squared
// radius μ:
//
//	−2·mean_i ⟨z1_i, z2_i⟩ + mean_{i≠j} ⟨z1_i, z2_j⟩²
type spectral[T mvssl.Float] struct{ mu float64 }

// Loss returns the loss of projections z1 and z2, (n, d), with its two terms.
func (o spectral[T]) Loss(z1, z2 *autograd.Var[T]) mvssl.Result[T] {
	z1, z2 = autograd.Normalize(z1, 1e-12), autograd.Normalize(z2, 1e-12)
	n := float64(z1.Shape()[0])
	positive := autograd.Scale(autograd.Sum(autograd.Mul(z1, z2), 1), o.mu)
	all := autograd.Scale(autograd.MatMul(z1, autograd.Transpose(z2, 1, 0)), o.mu)
	others := autograd.Sub(autograd.Sum(autograd.Pow(all, 2)), autograd.Sum(autograd.Pow(positive, 2)))
	attraction, repulsion := autograd.Scale(autograd.Mean(positive), -2), autograd.Scale(others, 1/(n*(n-1)))
	return mvssl.Result[T]{Loss: autograd.Add(attraction, repulsion), Terms: []mvssl.Term{
		{Name: "attraction", Value: float64(attraction.Value.Item())},
		{Name: "repulsion", Value: float64(repulsion.Value.Item())},
	}}
}

// CollapsedLoss is that of one and the same projection for all images.
func (o spectral[T]) CollapsedLoss() (loss float64, known bool) { return o.mu*o.mu - 2*o.mu, true }

func newMineER[T mvssl.Float](b mvssl.Build) (mvssl.Method[T], error) {
	p := b.Parameters.(mvssl.SphereER)
	return mvssl.NewIdentical(b, bound[T]{objective.ERConfig{
		EntropyConfig: objective.EntropyConfig{Kappa: p.Kappa, Self: p.ERSelf}, EntropyWeight: p.EntropyWeight,
	}})
}

// bound is entropy + reconstruction, the bound of which the package mvssl speaks.
type bound[T mvssl.Float] struct{ config objective.ERConfig }

// Loss returns minus the bound, with its two terms.
func (o bound[T]) Loss(z1, z2 *autograd.Var[T]) mvssl.Result[T] {
	er := objective.ER(autograd.Normalize(z1, 1e-12), autograd.Normalize(z2, 1e-12), o.config)
	return mvssl.Result[T]{Loss: er.Loss, Terms: []mvssl.Term{
		{Name: "entropy", Value: float64(er.Entropy.Value.Item())},
		{Name: "reconstruction", Value: -float64(er.Reconstruction.Value.Item())},
	}}
}
