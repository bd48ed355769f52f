package nn

import (
	"math/rand/v2"

	"entrec/autograd"
)

// Projector is the head that self-supervised methods put on an encoder, and throw
// away afterwards: Linear, BatchNorm, ReLU, Linear, as lightly's SimCLR head. Its
// state is that of a torch.nn.Sequential of the four.
type Projector[T Float] struct {
	Hidden *Linear[T]
	Norm   *BatchNorm[T]
	Out    *Linear[T]
}

// NewProjector returns a projector from in to out features through hidden ones.
// The first Linear has no bias, since the batch norm behind it has one.
func NewProjector[T Float](rng *rand.Rand, in, hidden, out int) *Projector[T] {
	return &Projector[T]{
		Hidden: NewLinear[T](rng, in, hidden, false),
		Norm:   NewBatchNorm[T](hidden),
		Out:    NewLinear[T](rng, hidden, out, true),
	}
}

// Forward maps x (n, in) to (n, out).
func (p *Projector[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	x = p.Hidden.Forward(ctx, x)
	return p.Out.Forward(ctx, p.Norm.ForwardReLU(ctx, x, nil))
}

// State visits the layers as 0 (Linear), 1 (BatchNorm) and 3 (Linear).
func (p *Projector[T]) State(prefix string, visit Visitor[T]) {
	p.Hidden.State(prefix+indexName(0), visit)
	p.Norm.State(prefix+indexName(1), visit)
	p.Out.State(prefix+indexName(3), visit)
}
