package main

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// estimators are the formulas of mutual information's estimators, by a critic's scores.
func estimators[T tensor.Float]() map[string]formula[T] {
	type v = *autograd.Var[T]
	estimate := func(f func(q *inputs[T], joint, product v) v) formula[T] {
		return formula[T]{"estimate", func(q *inputs[T]) v {
			joint, product := scorePairs(q.vars["scores"])
			return f(q, joint, product)
		}}
	}
	return map[string]formula[T]{
		"mi_dv": estimate(func(_ *inputs[T], joint, product v) v {
			return autograd.Sub(autograd.Mean(joint), logMeanExp(product))
		}),
		"mi_mine": estimate(func(q *inputs[T], joint, product v) v {
			own, decay := logMeanExp(product), q.float("decay")
			running := autograd.StopGradient(own)
			if decay > 0 {
				before := autograd.AddScalar(autograd.Scale(own, 0), q.float("log_running")+math.Log(decay))
				now := autograd.AddScalar(own, math.Log1p(-decay))
				running = autograd.StopGradient(autograd.Add(now, autograd.Sum(softplus(autograd.Sub(before, now)))))
			}
			goal := autograd.Sub(autograd.Mean(joint), autograd.Mean(autograd.Exp(autograd.Sub(product, running))))
			return trainedBy(autograd.Sub(autograd.Mean(joint), own), goal)
		}),
		"mi_nwj": estimate(func(_ *inputs[T], joint, product v) v { return nwj(joint, product) }),
		"mi_js": estimate(func(_ *inputs[T], joint, product v) v {
			return trainedBy(nwj(joint, product), jensenShannon(joint, product))
		}),
		"mi_smile": estimate(func(q *inputs[T], joint, product v) v {
			tau := q.float("tau") // clip(x) = relu(x + τ) − relu(x − τ) − τ
			clipped := autograd.AddScalar(autograd.Sub(autograd.ReLU(autograd.AddScalar(product, tau)), autograd.ReLU(autograd.AddScalar(product, -tau))), -tau)
			return trainedBy(autograd.Sub(autograd.Mean(joint), logMeanExp(clipped)), jensenShannon(joint, product))
		}),
		"mi_tuba": {"estimate", func(q *inputs[T]) v {
			k := q.vars["scores"].Shape()[0]
			joint, product := scorePairs(autograd.Sub(q.vars["scores"], autograd.Reshape(q.vars["log_baseline"], k, 1)))
			return autograd.AddScalar(autograd.Sub(autograd.Mean(joint), autograd.Mean(autograd.Exp(product))), 1)
		}},
		"mi_interpolated": {"estimate", func(q *inputs[T]) v { return interpolated(q) }},
		"mi_infonce": {"estimate", func(q *inputs[T]) v {
			s := q.vars["scores"]
			k := s.Shape()[0]
			own := autograd.Sum(autograd.Mul(logSoftmax(s), positives[T](k, 0)))
			return autograd.AddScalar(autograd.Scale(own, 1/float64(k)), math.Log(float64(k)))
		}},
		"mi_club": estimate(func(q *inputs[T], joint, _ v) v {
			return autograd.Sub(autograd.Mean(joint), autograd.Mean(q.vars["scores"]))
		}),
	}
}

// scorePairs returns the scores of the joint distribution (k, 1), and those of the product
// (k, k−1).
func scorePairs[T tensor.Float](s *autograd.Var[T]) (joint, product *autograd.Var[T]) {
	k := s.Shape()[0]
	var own, others []*autograd.Var[T]
	for i := range k {
		row := autograd.Slice(s, 0, i, i+1)
		own = append(own, autograd.Slice(row, 1, i, i+1))
		others = append(others, autograd.Concat(1, autograd.Slice(row, 1, 0, i), autograd.Slice(row, 1, i+1, k)))
	}
	return autograd.Concat(0, own...), autograd.Concat(0, others...)
}

func logMeanExp[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	n := x.Value.Len()
	return autograd.AddScalar(autograd.Sum(logSumExp(autograd.Reshape(x, 1, n))), -math.Log(float64(n)))
}

// trainedBy returns a value with the gradient of a goal.
func trainedBy[T tensor.Float](value, goal *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Add(autograd.StopGradient(value), autograd.Sub(goal, autograd.StopGradient(goal)))
}

func nwj[T tensor.Float](joint, product *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Sub(autograd.Mean(joint), autograd.Mean(autograd.Exp(autograd.AddScalar(product, -1))))
}

func jensenShannon[T tensor.Float](joint, product *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Scale(autograd.Add(autograd.Mean(softplus(autograd.Scale(joint, -1))), autograd.Mean(softplus(product))), -1)
}

func interpolated[T tensor.Float](q *inputs[T]) *autograd.Var[T] {
	s, alpha := q.vars["scores"], q.float("alpha")
	k := s.Shape()[0]
	fixed := autograd.Reshape(q.vars["log_baseline"], k, 1)
	var columns []*autograd.Var[T] // b_ij of each j
	for j := range k {
		left := autograd.Concat(1, autograd.Slice(s, 1, 0, j), autograd.Slice(s, 1, j+1, k))
		mean := autograd.AddScalar(autograd.Reshape(logSumExp(left), k, 1), -math.Log(float64(k-1)))
		switch alpha {
		case 0:
			mean = autograd.Add(autograd.Scale(mean, 0), fixed)
		case 1:
		default:
			rest := autograd.AddScalar(fixed, math.Log1p(-alpha))
			above := softplus(autograd.Sub(autograd.AddScalar(mean, math.Log(alpha)), rest))
			mean = autograd.Add(rest, autograd.Reshape(above, k, 1))
		}
		columns = append(columns, mean)
	}
	b, own := autograd.Concat(1, columns...), positives[T](k, 0)
	diagonal := func(x *autograd.Var[T]) *autograd.Var[T] { return autograd.SumKeep(autograd.Mul(x, own), 1) }
	others := autograd.AddScalar(autograd.Scale(own, -1), 1)
	joint := autograd.Sum(autograd.Mul(autograd.Sub(diagonal(s), b), others))
	product := autograd.Sum(autograd.Exp(without(autograd.Sub(s, diagonal(b)))))
	return autograd.AddScalar(autograd.Scale(autograd.Sub(joint, product), 1/float64(k*(k-1))), 1)
}
