package train

import (
	"entrec/autograd"
	"entrec/mvssl"
	"entrec/nn"
	"entrec/tensor"
)

// Stepper makes the steps of a method: gradients of one or more passes, clipping,
// freezing, the optimizer's step, and what follows the parameters.
type Stepper[T tensor.Float] struct {
	method    mvssl.Method[T]
	recipe    mvssl.Recipe
	params    []nn.Named[T]
	optimizer nn.Optimizer[T]
}

// NewStepper returns a Stepper of a method by the given recipe.
func NewStepper[T tensor.Float](m mvssl.Method[T], r mvssl.Recipe) (*Stepper[T], error) {
	params := m.Parameters()
	optimizer, err := nn.NewOptimizer(params, r.OptimizerConfig())
	return &Stepper[T]{m, r, params, optimizer}, err
}

// Backward carries the loss of one pass, which tape recorded, back to the
// parameters. The gradients of a step's passes add up to those of their mean.
func (s *Stepper[T]) Backward(tape *autograd.Tape[T], r mvssl.Result[T]) {
	loss := r.Loss
	if n := s.recipe.Accumulate; n > 1 {
		loss = autograd.Scale(loss, 1/float64(n))
	}
	tape.Backward(loss)
}

// Update moves the parameters along their gradients, lets what follows them
// follow, and forgets the gradients. The order is DINO's: clip, freeze, step, then
// the target.
func (s *Stepper[T]) Update(p mvssl.Progress) {
	switch r := s.recipe; {
	case r.Clip != nil && r.ClipEach:
		nn.ClipEachGrad(s.params, *r.Clip)
	case r.Clip != nil:
		nn.ClipGradNorm(s.params, *r.Clip)
	}
	if f, ok := s.method.(mvssl.Freezer); ok {
		f.Freeze(p)
	}
	s.optimizer.Step(s.recipe.Rate(p))
	if u, ok := s.method.(mvssl.Updater); ok {
		u.Update(p)
	}
	for _, p := range s.params {
		p.ZeroGrad()
	}
}

// State visits the state of the method and, under "optimizer.", of the
// optimizer: all tensors that a run needs to go on.
func (s *Stepper[T]) State(prefix string, visit nn.Visitor[T]) {
	s.method.State(prefix, visit)
	s.optimizer.State(prefix+"optimizer.", visit)
}
