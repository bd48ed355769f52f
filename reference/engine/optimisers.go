package engine

import (
	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// optimisers returns the steps of optimisers. They have no gradients.
func optimisers[T tensor.Float]() map[string]op[T] {
	return map[string]op[T]{
		"sgd_step": {in: "param grad buffer", out: "param buffer", constants: "param grad buffer", answer: sgdStep[T]},
	}
}

// sgdStep makes a step of nn.SGD whose momentum buffer has been filled before.
func sgdStep[T tensor.Float](q *question[T]) []*autograd.Var[T] {
	x := q.alike(-1, "param", "grad", "buffer")
	param := autograd.Param(x[0].Value.Clone())
	param.Grad = x[1].Value
	sgd := nn.NewSGD([]nn.Named[T]{{Name: "param", Var: param}}, nn.SGDConfig{
		Momentum: q.float("momentum", notNegative), WeightDecay: q.float("weight_decay", notNegative),
		Nesterov: q.bool("nesterov"), DecayNorms: true,
	})
	var buffer *autograd.Var[T]
	sgd.State("", func(_ string, v *autograd.Var[T]) { buffer = v })
	tensor.CopyTo(buffer.Value, x[2].Value)
	sgd.Step(q.float("lr", notNegative))
	return []*autograd.Var[T]{param, buffer}
}
