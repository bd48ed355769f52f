package nn

import (
	"math/rand/v2"

	"entrec/autograd"
)

var flatNetRow = EncoderRow{
	Name: "mlp", Doc: "two layers on the pixels in a row, width features each", StandardWidth: 512,
	New32: newFlatNet[float32], New64: newFlatNet[float64],
}

// flatNet is two hidden layers with batch norm on the flattened image.
type flatNet[T Float] struct {
	fc1, fc2 *Linear[T]
	bn1, bn2 *BatchNorm[T]
}

func newFlatNet[T Float](rng *rand.Rand, c EncoderConfig) Encoder[T] {
	in := c.Channels * c.Height * c.ImgWidth
	return &flatNet[T]{
		fc1: NewLinear[T](rng, in, c.Width, NoBias), bn1: NewBatchNorm[T](c.Width),
		fc2: NewLinear[T](rng, c.Width, c.Width, NoBias), bn2: NewBatchNorm[T](c.Width),
	}
}

func (m *flatNet[T]) Dim() int { return m.fc2.Weight.Value.Dim(0) }

func (m *flatNet[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	x = Flatten[T]{}.Forward(ctx, x)
	x = m.bn1.ForwardReLU(ctx, Measured[T]{Var: m.fc1.Forward(ctx, x)}, nil)
	return m.bn2.ForwardReLU(ctx, Measured[T]{Var: m.fc2.Forward(ctx, x)}, nil)
}

func (m *flatNet[T]) State(prefix string, visit Visitor[T]) {
	m.fc1.State(prefix+"fc1.", visit)
	m.bn1.State(prefix+"bn1.", visit)
	m.fc2.State(prefix+"fc2.", visit)
	m.bn2.State(prefix+"bn2.", visit)
}
