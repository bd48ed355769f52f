package engine

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/mvssl/special"
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
	// globalLocal is a loss of global features and of local ones.
	globalLocal := func(f func(global, local variable) variable) op[T] {
		return op[T]{in: "global local", out: "loss", answer: one(func(q *question[T]) variable {
			return f(q.in("global", 2), q.in("local", 3))
		})}
	}
	return map[string]op[T]{
		"info_nce": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.InfoNCE(z1, z2, q.float("temperature", positive))
		}),
		"nt_xent": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.NTXent(z1, z2, q.float("temperature", positive))
		}),
		"dcl": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.DCL(z1, z2, q.float("temperature", positive))
		}),
		"dhel": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.DHEL(z1, z2, q.float("temperature", positive))
		}),
		"dim_jsd": globalLocal(objective.DIMJSD[T]),
		"dim_nce": globalLocal(objective.DIMNCE[T]),
		"dim_dv":  globalLocal(objective.DIMDV[T]),
		"amdim": {in: "r1 r5", out: "loss", answer: one(func(q *question[T]) variable {
			return objective.AMDIM(q.in("r1", 2), q.in("r5", 3), q.float("clip", positive), q.float("weight", notNegative))
		})},
		"cpc": {in: "prediction target positive", out: "loss", constants: "positive", answer: one(cpc[T])},
		"alignment": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.Alignment(z1, z2, q.float("alpha", positive))
		}),
		"uniformity": {in: "z", out: "loss", answer: one(func(q *question[T]) variable {
			return objective.Uniformity(q.in("z", 2), q.float("t", positive))
		})},
		"koleo": {in: "z", out: "loss", answer: one(func(q *question[T]) variable {
			return objective.KoLeo(q.in("z", 2), q.float("eps", notNegative))
		})},
		"tico":   {in: "z1 z2 c", out: "loss c", constants: "c", answer: tico[T]},
		"sigreg": {in: "z slices", out: "loss", constants: "slices", answer: one(sigreg[T])},
		"mmcr": {in: "z", out: "loss", answer: one(func(q *question[T]) variable {
			return objective.MMCR(q.in("z", 3))
		})},
		"er_entropy_sphere": {in: "z", out: "entropy", answer: one(func(q *question[T]) variable {
			return objective.EntropySphere(q.in("z", 2), q.entropy())
		})},
		"er_reconstruction_sphere": {in: "z1 z2", out: "reconstruction", answer: one(func(q *question[T]) variable {
			z := q.alike(2, "z1", "z2")
			var n objective.Normalizer
			q.choose("normalizer", &n)
			return objective.ReconstructionSphere(z[0], z[1], q.kappa(), n)
		})},
		"er_entropy_discrete": {in: "p", out: "entropy", answer: one(func(q *question[T]) variable {
			var r objective.Reduction
			q.choose("reduction", &r)
			return objective.EntropyDiscrete(q.in("p", 2), r, q.float("eps", notNegative))
		})},
		"er_discrete": {in: "logits1 logits2", out: "loss", answer: one(func(q *question[T]) variable {
			x := q.alike(2, "logits1", "logits2")
			return objective.ERDiscrete(x[0], x[1], q.float("temperature", positive), 1).Loss
		})},
		"er_reconstruction_discrete": {in: "p1 p2", out: "reconstruction", answer: one(func(q *question[T]) variable {
			p := q.alike(2, "p1", "p2")
			return objective.ReconstructionDiscrete(p[0], p[1], q.float("eps", notNegative))
		})},
		"moco": {in: "query key queue", out: "loss", constants: "key queue", answer: one(func(q *question[T]) variable {
			x := q.alike(2, "query", "key")
			return objective.MoCo(x[0], x[1].Value, q.in("queue", 2).Value, q.float("temperature", positive))
		})},
		"byol": {in: "prediction target", out: "loss", constants: "target", answer: one(func(q *question[T]) variable {
			x := q.alike(2, "prediction", "target")
			return objective.BYOL(x[0], x[1].Value)
		})},
		"dino":     {in: "student teacher center", out: "loss center", constants: "teacher center", answer: dino[T]},
		"sinkhorn": {in: "scores", out: "q", answer: one(sinkhorn[T])},
		"swapped_prediction": {in: "scores1 scores2", out: "loss", answer: one(func(q *question[T]) variable {
			x := q.alike(2, "scores1", "scores2")
			return objective.SwappedPrediction(x[0], x[1], objective.SwappedPredictionConfig{
				Temperature: q.float("temperature", positive), Epsilon: q.float("epsilon", positive), Iterations: q.int("iterations", 0),
			})
		})},
		"barlow_twins": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.BarlowTwins(z1, z2, q.float("lambda", finite), q.float("eps", notNegative))
		}),
		"vicreg": pair(func(q *question[T], z1, z2 variable) variable {
			return objective.VICReg(z1, z2, objective.VICRegConfig{
				Sim: q.float("sim", finite), Std: q.float("std", finite), Cov: q.float("cov", finite),
				Eps: q.float("eps", notNegative),
			})
		}),
		"corinfomax":         {in: "z1 z2 r1 r2", out: "loss r1 r2", constants: "r1 r2", answer: corInfoMax[T]},
		"vmf_log_normalizer": {in: "kappa", out: "log_c", answer: one(vmfLogNormalizer[T])},
	}
}

// kappa reads a concentration, which T must hold.
func (q *question[T]) kappa() float64 {
	v := q.float("kappa", positive)
	if math.IsInf(float64(T(v)), 1) {
		q.refuse("attribute \"kappa\": found %v, expected a number that the precision of the answer holds", v)
	}
	return v
}

// entropy reads the attributes of the entropy on the sphere.
func (q *question[T]) entropy() objective.EntropyConfig {
	cfg := objective.EntropyConfig{Kappa: q.kappa()}
	q.choose("reduction", &cfg.Reduction)
	q.choose("normalizer", &cfg.Normalizer)
	q.chooseIfThere("self", &cfg.Self)
	return cfg
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

// tico answers with the loss and the second moment after it, whose gradient, which
// training does not ask for, is that of the tape's operations.
func tico[T tensor.Float](q *question[T]) []*autograd.Var[T] {
	z := q.alike(2, "z1", "z2")
	cfg := objective.TiCoConfig{Momentum: q.float("momentum", fraction), Rho: q.float("rho", notNegative)}
	loss, moved := objective.TiCo(z[0], z[1], q.in("c", 2).Value, cfg)
	return []*autograd.Var[T]{loss, differentiable(moved, z[:1], func(x []variable64) variable64 {
		u := autograd.Normalize(x[0], 1e-12)
		return autograd.Scale(autograd.MatMul(autograd.Transpose(u), u), (1-cfg.Momentum)/float64(u.Value.Dim(0)))
	})}
}

func sigreg[T tensor.Float](q *question[T]) *autograd.Var[T] {
	z, slices := q.in("z", 2), q.in("slices", 2)
	if slices.Value.Dim(0) != z.Value.Dim(1) {
		q.refuse("input \"slices\": shape %v, expected columns of %d elements", slices.Shape(), z.Value.Dim(1))
	}
	return objective.SIGReg(z, slices.Value, q.int("knots", 2))
}

// dino answers with the loss and the center after it.
func dino[T tensor.Float](q *question[T]) []*autograd.Var[T] {
	teacher, center := q.in("teacher", 3).Value, q.in("center", 1).Value
	loss := objective.DINO(q.in("student", 3), teacher, center, objective.DINOConfig{
		StudentTemperature: q.float("student_temperature", positive), TeacherTemperature: q.float("teacher_temperature", positive),
	})
	moved := center.Clone()
	objective.DINOCenter(moved, teacher, q.float("center_momentum", fraction))
	return []*autograd.Var[T]{loss, q.tape.Constant(moved)}
}

// corInfoMax answers with the loss and the running covariances after it, through which
// gradients flow too, here in the tape's operations.
func corInfoMax[T tensor.Float](q *question[T]) []*autograd.Var[T] {
	z, r := q.alike(2, "z1", "z2"), q.alike(2, "r1", "r2")
	if d := z[0].Value.Dim(1); r[0].Value.Dim(0) != d || r[0].Value.Dim(1) != d {
		q.refuse("input \"r1\": shape %v, expected (d,d) with d = %d", r[0].Shape(), d)
	}
	cfg := objective.CorInfoMaxConfig{Decay: q.float("decay", belowOne), Eps: q.float("eps", notNegative), Weight: q.float("weight", finite)}
	p := objective.CorInfoMax(z[0], z[1], r[0].Value, r[1].Value, cfg)
	if p.LogDets != p.LogDets {
		q.refuse("a running covariance is not positive definite")
	}
	covariance := func(value *tensor.Tensor[T], z, r *autograd.Var[T]) *autograd.Var[T] {
		past := tensor.Convert[float64](r.Value)
		return differentiable(value, []*autograd.Var[T]{z}, func(x []variable64) variable64 {
			rows := autograd.Sub(x[0], autograd.MeanKeep(x[0], 0))
			c := autograd.MatMul(autograd.Transpose(rows), rows)
			return autograd.Add(autograd.Scale(c, (1-cfg.Decay)/float64(z.Value.Dim(0))), autograd.Scale(&autograd.Var[float64]{Value: past}, cfg.Decay))
		})
	}
	return []*autograd.Var[T]{p.Loss, covariance(p.R1, z[0], r[0]), covariance(p.R2, z[1], r[1])}
}

// sinkhorn answers with the codes. Training takes them for constants. Their gradient
// here is that of the iterations, in the tape's operations.
func sinkhorn[T tensor.Float](q *question[T]) *autograd.Var[T] {
	scores, epsilon, iterations := q.in("scores", 2), q.float("epsilon", positive), q.int("iterations", 0)
	k, c := scores.Value.Dim(0), scores.Value.Dim(1)
	codes := objective.Sinkhorn(scores.Value, epsilon, iterations)
	return differentiable(codes, []*autograd.Var[T]{scores}, func(x []variable64) variable64 {
		logQ := autograd.Scale(x[0], 1/epsilon)
		if iterations == 0 {
			logQ = autograd.Sub(logQ, autograd.LogSumExp(autograd.Reshape(logQ, k*c)))
		}
		for range iterations {
			columns := autograd.LogSumExp(autograd.Transpose(logQ))
			logQ = autograd.Sub(logQ, autograd.AddScalar(columns, math.Log(float64(c))))
			rows := autograd.Reshape(autograd.LogSumExp(logQ), k, 1)
			logQ = autograd.Sub(logQ, autograd.AddScalar(rows, math.Log(float64(k))))
		}
		return autograd.Scale(autograd.Exp(logQ), float64(k))
	})
}
