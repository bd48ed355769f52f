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

// sgdStep makes a step with a momentum buffer that has been filled before.
func sgdStep[T tensor.Float](q *question[T]) []*autograd.Var[T] {
	x := q.alike(-1, "param", "grad", "buffer")
	param, buffer := x[0].Value.Clone(), x[2].Value.Clone()
	nn.SGDStep(param.Data(), x[1].Value.Data(), buffer.Data(), q.float("lr", notNegative), q.float("momentum", notNegative),
		q.float("weight_decay", notNegative), q.bool("nesterov"))
	return []*autograd.Var[T]{{Value: param}, {Value: buffer}}
}
