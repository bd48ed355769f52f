package nn

import (
	"entrec/autograd"
	"entrec/simd"
)

// SGD is stochastic gradient descent with torch.optim.SGD's semantics (Sutskever
// et al., 2013, without dampening):
//
//	g ← g + decay·p;  b ← momentum·b + g  (b is 0 at first);
//	p ← p − lr·b,  or p − lr·(g + momentum·b) with Nesterov
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
		simd.SGD(param, grad, s.buffers[i].Value.Data(), T(lr), T(s.cfg.Momentum), T(decay), s.cfg.Nesterov, false)
	})
}

// State visits the momentum buffer of each parameter.
func (s *SGD[T]) State(prefix string, visit Visitor[T]) {
	s.visit(prefix, "momentum", s.buffers, visit)
}
