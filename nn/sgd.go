package nn

import (
	"entrec/autograd"
	"entrec/simd"
)

// SGD is stochastic gradient descent with momentum (Sutskever et al., 2013) and
// torch.optim.SGD's semantics, without dampening; see [SGDStep].
type SGD[T Float] struct {
	trained[T]
	buffers []*autograd.Var[T]
}

// Step makes one step.
func (s *SGD[T]) Step(lr, weightDecay float64) {
	s.each(func(i int, param, grad []T, decays bool) {
		decay := weightDecay
		if !decays {
			decay = 0
		}
		step := SGDStep[T]
		if s.cfg.Nesterov {
			step = SGDNesterovStep[T]
		}
		step(param, grad, s.buffers[i].Value.Data(), lr, s.cfg.Momentum, decay)
	})
}

// State visits the momentum buffer of each parameter.
func (s *SGD[T]) State(prefix string, visit Visitor[T]) {
	s.visit(prefix, "momentum", s.buffers, visit)
}

// SGDStep makes one step of [SGD] on a parameter; the buffer is 0 at first:
//
//	g ← g + decay·p;  b ← momentum·b + g
//	p ← p − lr·b
//
// All slices have the same length; param and, unless momentum is 0, buffer are
// changed.
func SGDStep[T Float](param, grad, buffer []T, lr, momentum, decay float64) {
	simd.SGD(param, grad, buffer, lr, momentum, decay, 1)
}

// SGDNesterovStep is [SGDStep] with Nesterov's momentum, whose last line is
//
//	p ← p − lr·(g + momentum·b)
func SGDNesterovStep[T Float](param, grad, buffer []T, lr, momentum, decay float64) {
	simd.SGDNesterov(param, grad, buffer, lr, momentum, decay, 1)
}
