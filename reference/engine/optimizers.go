package engine

import (
	"math"
	"strings"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

type variable64 = *autograd.Var[float64]

// optimizers returns what moves parameters. Training takes no gradient through an
// optimizer's step, so it is defined here, in the tape's operations.
func optimizers[T tensor.Float]() map[string]op[T] {
	return map[string]op[T]{
		"ema_update": {in: "target online", out: "target", answer: one(func(q *question[T]) *autograd.Var[T] {
			x, m := q.alike(-1, "target", "online"), q.float("momentum", fraction)
			return autograd.Add(autograd.Scale(x[0], m), autograd.Scale(x[1], 1-m))
		})},
		"sgd_step":   step("param grad buffer", "param buffer", sgdStep[T]),
		"adamw_step": step("param grad m v", "param m v", adamwStep[T]),
		"lars_step":  step("param grad buffer", "param buffer", larsStep[T]),
	}
}

// stepper is an optimizer's step: forward changes copies of the inputs, again makes
// the outputs of them a second time.
type stepper[T tensor.Float] struct {
	forward func(x [][]T)
	again   func(x []variable64) []variable64
}

// step is a step on tensors of equal shape. Outputs are inputs that it changes.
func step[T tensor.Float](in, out string, f func(q *question[T]) stepper[T]) op[T] {
	names := strings.Fields(in)
	return op[T]{in: in, out: out, answer: func(q *question[T]) []*autograd.Var[T] {
		inputs, s := q.alike(-1, names...), f(q)
		changed := map[string]*tensor.Tensor[T]{}
		var data [][]T
		for i, v := range inputs {
			changed[names[i]] = v.Value.Clone()
			data = append(data, changed[names[i]].Data())
		}
		s.forward(data)
		var outs []*autograd.Var[T]
		for i, name := range strings.Fields(out) {
			outs = append(outs, differentiable(changed[name], inputs, func(x []variable64) variable64 { return s.again(x)[i] }))
		}
		return outs
	}}
}

func sgdStep[T tensor.Float](q *question[T]) stepper[T] {
	lr, momentum, decay, nesterov := q.float("lr", notNegative), q.float("momentum", notNegative), q.float("weight_decay", notNegative), q.bool("nesterov")
	if nesterov && momentum == 0 {
		q.refuse("attribute \"nesterov\": momentum 0, expected above 0")
	}
	step := nn.SGDStep[T]
	if nesterov {
		step = nn.SGDNesterovStep[T]
	}
	return stepper[T]{
		func(x [][]T) { step(x[0], x[1], x[2], lr, momentum, decay) },
		func(x []variable64) []variable64 {
			param, buffer := x[0], x[2]
			move := autograd.Add(x[1], autograd.Scale(param, decay))
			if momentum > 0 {
				buffer = autograd.Add(autograd.Scale(buffer, momentum), move)
				if nesterov {
					move = autograd.Add(move, autograd.Scale(buffer, momentum))
				} else {
					move = buffer
				}
			}
			return []variable64{autograd.Sub(param, autograd.Scale(move, lr)), buffer}
		},
	}
}

func adamwStep[T tensor.Float](q *question[T]) stepper[T] {
	steps, lr, decay := q.int("step", 1), q.float("lr", notNegative), q.float("weight_decay", notNegative)
	beta1, beta2, eps := q.float("beta1", belowOne), q.float("beta2", belowOne), q.float("eps", notNegative)
	return stepper[T]{
		func(x [][]T) { nn.AdamWStep(x[0], x[1], x[2], x[3], steps, lr, beta1, beta2, eps, decay) },
		func(x []variable64) []variable64 {
			m := autograd.Add(autograd.Scale(x[2], beta1), autograd.Scale(x[1], 1-beta1))
			v := autograd.Add(autograd.Scale(x[3], beta2), autograd.Scale(autograd.Mul(x[1], x[1]), 1-beta2))
			// Where v is 0 its root counts as constant.
			zero, other := tensor.New[float64](v.Shape()...), tensor.New[float64](v.Shape()...)
			for i, s := range v.Value.Data() {
				if s == 0 {
					zero.Data()[i] = 1
				} else {
					other.Data()[i] = 1
				}
			}
			root := autograd.Mul(autograd.Sqrt(autograd.Add(v, constant(zero))), constant(other))
			scaled := autograd.AddScalar(autograd.Scale(root, 1/math.Sqrt(1-math.Pow(beta2, float64(steps)))), eps)
			move := autograd.Scale(autograd.Div(m, scaled), lr/(1-math.Pow(beta1, float64(steps))))
			return []variable64{autograd.Sub(autograd.Scale(x[0], 1-lr*decay), move), m, v}
		},
	}
}

func larsStep[T tensor.Float](q *question[T]) stepper[T] {
	lr, momentum, decay := q.float("lr", notNegative), q.float("momentum", notNegative), q.float("weight_decay", notNegative)
	trust, eps := q.float("trust", notNegative), q.float("eps", notNegative)
	norm := func(x variable64) variable64 { return autograd.Sqrt(autograd.Sum(autograd.Mul(x, x))) }
	return stepper[T]{
		func(x [][]T) { nn.LARSStep(x[0], x[1], x[2], lr, momentum, decay, trust, eps) },
		func(x []variable64) []variable64 {
			w, g := norm(x[0]), norm(x[1])
			move := autograd.Add(x[1], autograd.Scale(x[0], decay))
			if w.Value.Item() > 0 && g.Value.Item() > 0 {
				below := autograd.AddScalar(autograd.Add(g, autograd.Scale(w, decay)), eps)
				move = autograd.Mul(move, autograd.Div(autograd.Scale(w, trust), below))
			}
			buffer := autograd.Add(autograd.Scale(x[2], momentum), move)
			return []variable64{autograd.Sub(x[0], autograd.Scale(buffer, lr)), buffer}
		},
	}
}

func constant(x *tensor.Tensor[float64]) variable64 { return &autograd.Var[float64]{Value: x} }
