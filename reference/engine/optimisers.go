package engine

import (
	"strings"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// optimisers returns what moves parameters. Steps of optimisers have no gradients.
func optimisers[T tensor.Float]() map[string]op[T] {
	return map[string]op[T]{
		"ema_update": {in: "target online", out: "target", answer: one(func(q *question[T]) *autograd.Var[T] {
			x, m := q.alike(-1, "target", "online"), q.float("momentum", fraction)
			return autograd.Add(autograd.Scale(x[0], m), autograd.Scale(x[1], 1-m))
		})},
		"sgd_step": step("param grad buffer", "param buffer", func(q *question[T], x [][]T) {
			nn.SGDStep(x[0], x[1], x[2], q.float("lr", notNegative), q.float("momentum", notNegative),
				q.float("weight_decay", notNegative), q.bool("nesterov"))
		}),
		"adamw_step": step("param grad m v", "param m v", func(q *question[T], x [][]T) {
			nn.AdamWStep(x[0], x[1], x[2], x[3], q.int("step", 1), q.float("lr", notNegative),
				q.float("beta1", belowOne), q.float("beta2", belowOne), q.float("eps", notNegative), q.float("weight_decay", notNegative))
		}),
		"lars_step": step("param grad buffer", "param buffer", func(q *question[T], x [][]T) {
			nn.LARSStep(x[0], x[1], x[2], q.float("lr", notNegative), q.float("momentum", notNegative),
				q.float("weight_decay", notNegative), q.float("trust", notNegative), q.float("eps", notNegative))
		}),
	}
}

// step is an optimiser's step on tensors of equal shape, copies of which f changes
// in place.
func step[T tensor.Float](in, out string, f func(q *question[T], x [][]T)) op[T] {
	names := strings.Fields(in)
	return op[T]{in: in, out: out, constants: in, answer: func(q *question[T]) []*autograd.Var[T] {
		var all [][]T
		byName := map[string]*autograd.Var[T]{}
		for i, v := range q.alike(-1, names...) {
			byName[names[i]] = q.tape.Constant(v.Value.Clone())
			all = append(all, byName[names[i]].Value.Data())
		}
		f(q, all)
		var outs []*autograd.Var[T]
		for _, name := range strings.Fields(out) {
			outs = append(outs, byName[name])
		}
		return outs
	}}
}
