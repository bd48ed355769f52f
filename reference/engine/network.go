package engine

import (
	"entrec/autograd"
	"entrec/tensor"
)

// network returns the operations that networks are made of.
func network[T tensor.Float]() map[string]op[T] {
	type variable = *autograd.Var[T]
	elementwise := func(f func(q *question[T], x variable) variable) op[T] {
		return op[T]{in: "x", out: "y", answer: one(func(q *question[T]) variable { return f(q, q.in("x")) })}
	}
	rows := func(f func(q *question[T], x variable) variable) op[T] {
		return op[T]{in: "x", out: "y", answer: one(func(q *question[T]) variable { return f(q, q.in("x", 2)) })}
	}
	pool := func(f func(x variable, kernel, stride, padding int) variable) op[T] {
		return op[T]{in: "x", out: "y", answer: one(func(q *question[T]) variable {
			return f(q.in("x", 4), q.int("kernel", 1), q.int("stride", 1), q.int("padding", 0))
		})}
	}
	return map[string]op[T]{
		"matmul": {in: "a b", out: "c", answer: one(func(q *question[T]) variable {
			return autograd.MatMul(q.in("a", 2), q.in("b", 2))
		})},
		"logdet": {in: "x", out: "y", answer: one(func(q *question[T]) variable {
			y := autograd.LogDet(q.in("x", 2))
			if v := y.Value.Item(); v != v {
				q.refuse("input \"x\" is not positive definite")
			}
			return y
		})},
		"linear": {in: "x weight bias?", out: "y", answer: one(func(q *question[T]) variable {
			return autograd.Linear(q.in("x", 2), q.in("weight", 2), q.in("bias", 1))
		})},
		"conv2d": {in: "x weight bias?", out: "y", answer: one(func(q *question[T]) variable {
			return autograd.Conv2d(q.in("x", 4), q.in("weight", 4), q.in("bias", 1), q.int("stride", 1), q.int("padding", 0))
		})},
		"batch_norm": {in: "x weight? bias?", out: "y", answer: one(func(q *question[T]) variable {
			return autograd.BatchNorm(q.in("x", 2, 4), q.in("weight", 1), q.in("bias", 1), nil,
				autograd.BatchNormConfig[T]{Eps: q.float("eps", notNegative), Training: true})
		})},
		"layer_norm": {in: "x weight? bias?", out: "y", answer: one(func(q *question[T]) variable {
			return autograd.LayerNorm(q.in("x", 2), q.in("weight", 1), q.in("bias", 1), q.float("eps", notNegative))
		})},
		"relu": elementwise(func(_ *question[T], x variable) variable { return autograd.ReLU(x) }),
		"gelu": elementwise(func(q *question[T], x variable) variable {
			if q.word("approximate", "none", "tanh") == "tanh" {
				return autograd.GELUTanh(x)
			}
			return autograd.GELU(x)
		}),
		"softmax":     rows(func(_ *question[T], x variable) variable { return autograd.Softmax(x) }),
		"log_softmax": rows(func(_ *question[T], x variable) variable { return autograd.LogSoftmax(x) }),
		"logsumexp":   rows(func(_ *question[T], x variable) variable { return autograd.LogSumExp(x) }),
		"normalize": rows(func(q *question[T], x variable) variable {
			return autograd.Normalize(x, q.float("eps", notNegative))
		}),
		"max_pool2d": pool(autograd.MaxPool2d[T]),
		"avg_pool2d": pool(autograd.AvgPool2d[T]),
		"attention": {in: "q k v", out: "y", answer: one(func(q *question[T]) variable {
			x := q.alike(4, "q", "k", "v")
			return autograd.Attention(x[0], x[1], x[2])
		})},
		"global_avg_pool2d": {in: "x", out: "y", answer: one(func(q *question[T]) variable {
			return autograd.GlobalAvgPool2d(q.in("x", 4))
		})},
	}
}
