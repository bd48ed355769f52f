package nn

import (
	"math/rand/v2"

	"entrec/autograd"
)

var flatNetRow = EncoderRow{
	Name: "mlp", Doc: "two layers on the pixels in a row, width features each", StandardWidth: 512,
	Maps:  func(EncoderConfig, int) [2]int { return [2]int{1, 1} },
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
	_, features := m.Stages(ctx, x)
	return features
}

// Stages is Forward with both layers as maps of one place.
func (m *flatNet[T]) Stages(ctx Context, x *autograd.Var[T]) (maps [2]*autograd.Var[T], features *autograd.Var[T]) {
	x = Flatten[T]{}.Forward(ctx, x)
	first := m.bn1.ForwardReLU(ctx, Measured[T]{Var: m.fc1.Forward(ctx, x)}, nil)
	features = m.bn2.ForwardReLU(ctx, Measured[T]{Var: m.fc2.Forward(ctx, first)}, nil)
	for i, y := range []*autograd.Var[T]{first, features} {
		maps[i] = autograd.Reshape(y, y.Value.Dim(0), -1, 1, 1)
	}
	return maps, features
}

// StageDims returns the widths of both layers.
func (m *flatNet[T]) StageDims() [2]int { return [2]int{m.fc1.Weight.Value.Dim(0), m.Dim()} }

func (m *flatNet[T]) State(prefix string, visit Visitor[T]) {
	m.fc1.State(prefix+"fc1.", visit)
	m.bn1.State(prefix+"bn1.", visit)
	m.fc2.State(prefix+"fc2.", visit)
	m.bn2.State(prefix+"bn2.", visit)
}
