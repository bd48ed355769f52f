package nn

import (
	"math/rand/v2"

	"entrec/autograd"
)

// Bias says whether a layer has a bias.
type Bias bool

// The values of Bias.
const (
	NoBias   Bias = false
	WithBias Bias = true
)

// Linear is y = x·weightᵀ + bias: torch.nn.Linear.
type Linear[T Float] struct {
	Weight *autograd.Var[T] // (out, in)
	Bias   *autograd.Var[T] // (out), or nil
}

// NewLinear returns a Linear with PyTorch's initialization: weight and bias from
// U(−1/√in, 1/√in).
func NewLinear[T Float](rng *rand.Rand, in, out int, bias Bias) *Linear[T] {
	l := &Linear[T]{Weight: autograd.Param(torchUniform[T](rng, in, out, in))}
	if bias == WithBias {
		l.Bias = autograd.Param(torchUniform[T](rng, in, out))
	}
	return l
}

// Forward maps x (n, in) to (n, out).
func (l *Linear[T]) Forward(_ Context, x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Linear(x, l.Weight, l.Bias)
}

// State visits weight and bias.
func (l *Linear[T]) State(prefix string, visit Visitor[T]) {
	visit(prefix+"weight", l.Weight)
	if l.Bias != nil {
		visit(prefix+"bias", l.Bias)
	}
}

// Conv2d is a two-dimensional convolution: torch.nn.Conv2d.
type Conv2d[T Float] struct {
	Weight          *autograd.Var[T] // (out, in, kernel, kernel)
	Bias            *autograd.Var[T] // (out), or nil
	Stride, Padding int
}

// NewConv2d returns a Conv2d with PyTorch's initialization: weight and bias from
// U(−1/√fanIn, 1/√fanIn), fanIn = in·kernel².
func NewConv2d[T Float](rng *rand.Rand, in, out, kernel, stride, padding int, bias Bias) *Conv2d[T] {
	fanIn := in * kernel * kernel
	c := &Conv2d[T]{
		Weight: autograd.Param(torchUniform[T](rng, fanIn, out, in, kernel, kernel)),
		Stride: stride, Padding: padding,
	}
	if bias == WithBias {
		c.Bias = autograd.Param(torchUniform[T](rng, fanIn, out))
	}
	return c
}

// Forward maps x (n, in, h, w) to (n, out, h', w').
func (c *Conv2d[T]) Forward(_ Context, x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Conv2d(x, c.Weight, c.Bias, c.Stride, c.Padding)
}

// ForwardMeasured is Forward with the moments for the [BatchNorm] that follows. The
// Conv2d must have no bias.
func (c *Conv2d[T]) ForwardMeasured(_ Context, x *autograd.Var[T]) Measured[T] {
	y, m := autograd.Conv2dMoments(x, c.Weight, c.Stride, c.Padding)
	return Measured[T]{y, m}
}

// State visits weight and bias.
func (c *Conv2d[T]) State(prefix string, visit Visitor[T]) {
	visit(prefix+"weight", c.Weight)
	if c.Bias != nil {
		visit(prefix+"bias", c.Bias)
	}
}

// ReLU is max(x, 0).
type ReLU[T Float] struct{}

// Forward applies it by element.
func (ReLU[T]) Forward(_ Context, x *autograd.Var[T]) *autograd.Var[T] { return autograd.ReLU(x) }

// State visits nothing.
func (ReLU[T]) State(string, Visitor[T]) {}

// Flatten makes each sample of a batch a row, in row-major order: torch.nn.Flatten.
type Flatten[T Float] struct{}

// Forward maps (n, …) to (n, product of the rest).
func (Flatten[T]) Forward(_ Context, x *autograd.Var[T]) *autograd.Var[T] {
	n := x.Value.Dim(0)
	return autograd.Reshape(x, n, x.Value.Len()/max(n, 1))
}

// State visits nothing.
func (Flatten[T]) State(string, Visitor[T]) {}
