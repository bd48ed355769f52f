package nn

import (
	"math/rand/v2"

	"entrec/autograd"
)

// MLPConfig says how the layers of an [MLP] are put together. In the heads of the
// official repositories:
//
//	lightly's SimCLR   Norm, LastBias               the last layer has no norm
//	BYOL               Norm, Bias
//	SimSiam projector  Norm, LastNorm PlainNorm;    predictor: Norm, LastBias
//	Barlow Twins       Norm
//	VICReg             Norm, Bias
//	SimCLR             Norm, LastNorm AffineNorm
//	DINO               GELU, Bias, LastBias
type MLPConfig struct {
	Widths   []int // in, hidden ones, out; in alone is no layer
	Norm     bool  // batch norm behind each hidden Linear
	GELU     bool  // in place of ReLU
	Bias     bool  // of the hidden Linears
	LastBias bool  // of the last one
	LastNorm LastNorm
}

// LastNorm says whether batch norm follows the last Linear of an [MLP].
type LastNorm int

// The norms behind the last Linear.
const (
	NoNorm     LastNorm = iota
	AffineNorm          // with weight and bias
	PlainNorm           // without: torch.nn.BatchNorm1d(affine=False)
)

// MLP is a stack of Linear, batch norm and ReLU or GELU: the heads that
// self-supervised methods put on an encoder and throw away afterward. Its state is
// that of a torch.nn.Sequential of the same modules.
type MLP[T Float] struct {
	gelu   bool
	layers []mlpLayer[T]
}

// mlpLayer is a Linear and what follows it.
type mlpLayer[T Float] struct {
	index      int // in the Sequential
	linear     *Linear[T]
	norm       *BatchNorm[T] // or nil
	activation bool
}

// NewMLP returns an MLP with PyTorch's initialization.
func NewMLP[T Float](rng *rand.Rand, c MLPConfig) *MLP[T] {
	m := &MLP[T]{gelu: c.GELU}
	index := 0
	for i, in := range c.Widths[:len(c.Widths)-1] {
		out, last := c.Widths[i+1], i == len(c.Widths)-2
		l := mlpLayer[T]{index: index, linear: NewLinear[T](rng, in, out, Bias(last && c.LastBias || !last && c.Bias)), activation: !last}
		if !last && c.Norm || last && c.LastNorm != NoNorm {
			l.norm = NewBatchNorm[T](out)
			index++
		}
		if last && c.LastNorm == PlainNorm {
			l.norm.Weight, l.norm.Bias = nil, nil
		}
		m.layers = append(m.layers, l)
		index += 2
	}
	return m
}

// Forward maps x (n, in) to (n, out).
func (m *MLP[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	for _, l := range m.layers {
		x = l.linear.Forward(ctx, x)
		switch {
		case l.norm != nil && l.activation && !m.gelu:
			x = l.norm.ForwardReLU(ctx, Measured[T]{Var: x}, nil)
			continue
		case l.norm != nil:
			x = l.norm.Forward(ctx, x)
		}
		switch {
		case l.activation && m.gelu:
			x = autograd.GELU(x)
		case l.activation:
			x = autograd.ReLU(x)
		}
	}
	return x
}

// State visits the layers under their index in the Sequential, activations
// counted.
func (m *MLP[T]) State(prefix string, visit Visitor[T]) {
	for _, l := range m.layers {
		l.linear.State(prefix+indexName(l.index), visit)
		if l.norm != nil {
			l.norm.State(prefix+indexName(l.index+1), visit)
		}
	}
}

// Projector is the head between features and projections, an [MLP].
type Projector[T Float] = MLP[T]

// NewProjector returns a projector from in to out features through hidden ones:
// Linear, batch norm, ReLU, Linear, as lightly's SimCLR head. The first Linear has
// no bias, since the batch norm behind it has one.
func NewProjector[T Float](rng *rand.Rand, in, hidden, out int) *Projector[T] {
	return NewMLP[T](rng, MLPConfig{Widths: []int{in, hidden, out}, Norm: true, LastBias: true})
}
