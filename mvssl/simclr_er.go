package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
)

// SphereER are the parameters of entropy + reconstruction on the sphere.
type SphereER struct {
	Kappa         float64        `json:"kappa" default:"5" range:"(0, 1e9)" doc:"concentration of the von Mises-Fisher kernel and density"`
	ERSelf        objective.Self `json:"er_self" default:"include" doc:"whether a point is its own neighbor in the entropy"`
	EntropyWeight float64        `json:"entropy_weight" default:"1" range:"[0, 1e9)" doc:"weight of the entropy; 1 is the bound" remedy:"a larger --entropy-weight"`
}

// entropy returns the configuration of the entropy's estimate.
func (p SphereER) entropy() objective.EntropyConfig {
	return objective.EntropyConfig{Kappa: p.Kappa, Self: p.ERSelf}
}

var simclrERRow = simclrRow.Twin(Twin{
	Name: "simclr-er", Objective: "entropy + reconstruction",
	Paper:      "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",
	Parameters: SphereER{}, New32: newSimCLRER[float32], New64: newSimCLRER[float64],
})

func newSimCLRER[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(SphereER)
	return NewIdentical(b, sphereER[T]{objective.ERConfig{EntropyConfig: p.entropy(), EntropyWeight: p.EntropyWeight}})
}

// sphereER is the bound itself as the objective: −(entropy + reconstruction),
// symmetrized over the views (the ER paper, section 4).
type sphereER[T Float] struct{ config objective.ERConfig }

func (o sphereER[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	er := objective.ER(autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps), o.config)
	return Result[T]{Loss: er.Loss, Terms: []Term{
		{"entropy", item(er.Entropy)},
		{"reconstruction", -item(er.Reconstruction)},
	}}
}
