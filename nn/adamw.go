package nn

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, 2019) with
// torch.optim.AdamW's semantics; see [AdamWStep]. As there, each parameter counts
// its own steps.
type AdamW[T Float] struct {
	trained[T]
	mean, square, steps []*autograd.Var[T]
}

func newAdamW[T Float](t trained[T]) *AdamW[T] {
	a := &AdamW[T]{trained: t, mean: t.zeros(), square: t.zeros()}
	for range t.params {
		a.steps = append(a.steps, buffer(tensor.New[T]()))
	}
	return a
}

// Step makes one step.
func (a *AdamW[T]) Step(lr, weightDecay float64) {
	a.each(func(i int, param, grad []T, decays bool) {
		decay := weightDecay
		if !decays {
			decay = 0
		}
		step := a.steps[i].Value.Data()
		step[0]++
		AdamWStep(param, grad, a.mean[i].Value.Data(), a.square[i].Value.Data(), int(step[0]),
			lr, a.cfg.Beta1, a.cfg.Beta2, a.cfg.Eps, decay)
	})
}

// State visits, for each parameter, the means of its gradient and of its square,
// and its number of steps.
func (a *AdamW[T]) State(prefix string, visit Visitor[T]) {
	a.visit(prefix, "exp_avg", a.mean, visit)
	a.visit(prefix, "exp_avg_sq", a.square, visit)
	a.visit(prefix, "step", a.steps, visit)
}

// AdamWStep makes one step of [AdamW] on a parameter, the step-th, from 1:
//
//	p ← p·(1 − lr·decay)
//	m ← β1·m + (1−β1)·g;  v ← β2·v + (1−β2)·g²
//	p ← p − lr/(1−β1^step) · m / ( √v/√(1−β2^step) + eps )
//
// All slices have the same length; param, m and v are changed.
func AdamWStep[T Float](param, grad, m, v []T, step int, lr, beta1, beta2, eps, decay float64) {
	simd.AdamW(param, grad, m, v, step, lr, beta1, beta2, eps, decay)
}
