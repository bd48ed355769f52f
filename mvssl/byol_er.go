package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
)

// BYOLER are the parameters of byol-er: those of BYOL's branches and of the
// objective.
type BYOLER struct {
	BYOL
	SphereER
}

var _ Chooser = (*BYOLER)(nil)

var byolERRow = byolRow.Twin(Twin{
	Name: "byol-er", Objective: "entropy of the online predictions + reconstruction",
	Paper:      "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",
	Parameters: BYOLER{}, New32: newBYOLER[float32], New64: newBYOLER[float64],
})

func newBYOLER[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(BYOLER)
	return newPredicting(b, p.BYOL, predictionER[T]{p.SphereER})
}

// predictionER is the bound as the objective of BYOL's branches (the ER paper,
// section 4): to the reconstruction of the target's projections, von Mises–Fisher
// around the predictions, comes the entropy of what gradients reach, which are the
// predictions themselves.
type predictionER[T Float] struct{ SphereER }

func (o predictionER[T]) Loss(p, z pair[T]) Result[T] {
	for i := range p {
		p[i], z[i] = autograd.Normalize(p[i], normalizeEps), autograd.Normalize(z[i], normalizeEps)
	}
	half := func(x, y *autograd.Var[T]) *autograd.Var[T] { return autograd.Scale(autograd.Add(x, y), 0.5) }
	entropy := half(objective.EntropySphere(p[0], o.entropy()), objective.EntropySphere(p[1], o.entropy()))
	missed := half(
		objective.ReconstructionSphere(p[0], z[1], o.Kappa, objective.Exact),
		objective.ReconstructionSphere(p[1], z[0], o.Kappa, objective.Exact))
	return Result[T]{
		Loss:  autograd.Sub(missed, autograd.Scale(entropy, o.EntropyWeight)),
		Terms: []Term{{"entropy", item(entropy)}, {"reconstruction", -item(missed)}},
	}
}
