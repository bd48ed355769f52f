package nn

import (
	"entrec/autograd"
	"entrec/simd"
)

// SGDConfig sets stochastic gradient descent.
type SGDConfig struct {
	Momentum    float64 `json:"momentum"`
	WeightDecay float64 `json:"weight_decay"`
	Nesterov    bool    `json:"nesterov"`
	// DecayNorms also decays biases and the weights of norms (parameters with one
	// axis), as PyTorch does by default.
	DecayNorms bool `json:"decay_norms"`
}

// Optimizer moves parameters along their gradients.
type Optimizer[T Float] interface {
	// Step makes one step with the given learning rate, for the parameters that
	// have a gradient.
	Step(lr float64)
	// State visits what must be kept to go on later.
	State(prefix string, visit Visitor[T])
}

// SGD is stochastic gradient descent with torch.optim.SGD's semantics (Sutskever
// et al., 2013, without dampening):
//
//	g ← g + decay·p;  b ← momentum·b + g  (b is 0 at first);
//	p ← p − lr·b,  or p − lr·(g + momentum·b) with Nesterov
type SGD[T Float] struct {
	cfg     SGDConfig
	params  []Named[T]
	buffers []*autograd.Var[T]
}

// NewSGD returns an SGD over the given parameters.
func NewSGD[T Float](params []Named[T], cfg SGDConfig) *SGD[T] {
	s := &SGD[T]{cfg: cfg, params: params}
	for _, p := range params {
		s.buffers = append(s.buffers, buffer(constant[T](0, p.Shape()...)))
	}
	return s
}

// Step makes one step with learning rate lr.
func (s *SGD[T]) Step(lr float64) {
	for i, p := range s.params {
		if !p.HasGrad() {
			continue
		}
		decay := s.cfg.WeightDecay
		if p.Value.Rank() < 2 && !s.cfg.DecayNorms {
			decay = 0
		}
		simd.SGD(p.Value.Data(), p.Grad.Data(), s.buffers[i].Value.Data(),
			T(lr), T(s.cfg.Momentum), T(decay), s.cfg.Nesterov, false)
	}
}

// State visits the momentum buffer of each parameter.
func (s *SGD[T]) State(prefix string, visit Visitor[T]) {
	for i, p := range s.params {
		visit(prefix+"momentum."+p.Name, s.buffers[i])
	}
}
