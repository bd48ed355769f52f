package mvssl

import (
	"fmt"

	"entrec/nn"
)

// Projected is a method with a projector behind the encoder that it returns, as all here
// are.
type Projected[T Float] interface {
	// Projector returns the network that makes projections of features, before these are
	// normalized: of those of a part of the encoder ([Part]), or of all where it is one and
	// the part is "".
	Projector(part string) nn.Module[T]
}

// AsProjected returns a method that has a projector. The error says that it has none.
func AsProjected[T Float](name string, m Method[T]) (Projected[T], error) {
	if p, ok := m.(Projected[T]); ok {
		return p, nil
	}
	return nil, fmt.Errorf("method %s names no projector, expected one that does (mvssl.Projected)", name)
}

// Projector returns the projector.
func (n *Backbone[T]) Projector(string) nn.Module[T] { return n.projector }

// Projector returns the teacher's, as the encoder is the teacher's.
func (m *distilling[T]) Projector(string) nn.Module[T] { return m.teacher.projector }

// Projector returns what targets go through.
func (m *cpc[T]) Projector(string) nn.Module[T] { return m.target }

// Projector returns that of luma or of chroma.
func (m *colorCMC[T]) Projector(part string) nn.Module[T] {
	if part == m.encoder.luma.name {
		return m.luma
	}
	return m.chroma
}
