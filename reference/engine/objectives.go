package engine

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/reference/special"
	"entrec/tensor"
)

// objectives returns the losses and their parts.
func objectives[T tensor.Float]() map[string]op[T] {
	type variable = *autograd.Var[T]
	// pair is a loss of two batches of equal shape.
	pair := func(f func(q *question[T], z1, z2 variable) variable) op[T] {
		return op[T]{in: "z1 z2", out: "loss", answer: one(func(q *question[T]) variable {
			z := q.alike(2, "z1", "z2")
			return f(q, z[0], z[1])
		})}
	}
	return map[string]op[T]{
		"info_nce": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.InfoNCE(z1, z2, q.float("temperature", positive))
		}),
		"nt_xent": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.NTXent(z1, z2, q.float("temperature", positive))
		}),
		"alignment": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.Alignment(z1, z2, q.float("alpha", positive))
		}),
		"uniformity": {in: "z", out: "loss", answer: one(func(q *question[T]) variable {
			return objective.Uniformity(q.in("z", 2), q.float("t", positive))
		})},
		"er_entropy_sphere": {in: "z", out: "entropy", answer: one(func(q *question[T]) variable {
			cfg := objective.EntropyConfig{Kappa: q.float("kappa", positive)}
			q.choose("reduction", false, &cfg.Reduction)
			q.choose("normalizer", false, &cfg.Normalizer)
			q.choose("self", true, &cfg.Self)
			return objective.EntropySphere(q.in("z", 2), cfg)
		})},
		"er_reconstruction_sphere": {in: "z1 z2", out: "reconstruction", answer: one(func(q *question[T]) variable {
			z := q.alike(2, "z1", "z2")
			var n objective.Normalizer
			q.choose("normalizer", false, &n)
			return objective.ReconstructionSphere(z[0], z[1], q.float("kappa", positive), n)
		})},
		"vmf_log_normalizer": {in: "kappa", out: "log_c", answer: one(vmfLogNormalizer[T])},
	}
}

// vmfLogNormalizer returns log C_d(κ) of each κ, worked out in float64. Its
// derivative is −A_d(κ), the mean resultant length.
func vmfLogNormalizer[T tensor.Float](q *question[T]) *autograd.Var[T] {
	kappa, d := q.in("kappa", 1), q.int("d", 2)
	y := tensor.New[T](kappa.Shape()...)
	for i, k := range kappa.Value.Data() {
		if !positive.holds(float64(k)) {
			q.refuse("input \"kappa\": found %v, expected numbers above 0", k)
		}
		y.Data()[i] = T(special.LogVMFNormalizer(d, float64(k)))
	}
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i, k := range kappa.Value.Data() {
			dst[0].Data()[i] = -g.Data()[i] * T(special.MeanResultantLength(d, float64(k)))
		}
	}, kappa)
}
