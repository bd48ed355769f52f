package runs

import (
	"math/rand/v2"
	"os"

	"entrec/internal/about"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/onnx"
)

// The names of a graph's input and outputs.
const (
	graphImages      = "images"
	graphFeatures    = "features"
	graphProjections = "projections"
)

// fillingGraph returns what writes the encoder as ONNX.
func (e exported[T]) fillingGraph(path string, o ExportOptions) (fill func(f *os.File) error, err error) {
	encoder, err := nn.AsGraphed(e.Encoder.Name, e.encoder)
	if err != nil {
		return nil, err
	}
	var g onnx.Graph
	c := e.Encoder
	x := g.Input(graphImages, c.Channels, c.Height, c.ImgWidth)
	e.metadata["normalized"] = "before the graph"
	if o.Normalize {
		e.metadata["normalized"] = "in the graph"
		shape := []int{1, c.Channels, 1, 1}
		x = g.Op("Sub", "centered", []string{x, g.Floats("mean", shape, singles(e.Mean))})
		x = g.Op("Div", "normalized", []string{x, g.Floats("std", shape, singles(e.Std))})
	}
	x = encoder.Graph(&g, "", x)
	g.Output(graphFeatures, x, e.encoder.Dim())
	if e.projector != nil {
		x = e.projector.(nn.Graphed).Graph(&g, projectorPrefix, x)
		x = g.Op("LpNormalization", projectorPrefix+"unit", []string{x}, onnx.Int("axis", 1), onnx.Int("p", 2))
		g.Output(graphProjections, x, projectionDim(e.projector, e.encoder.Dim()))
	}
	return g.Filling(path, c.Name, about.Build(), e.metadata)
}

// singles returns numbers as float32.
func singles(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// unused returns random numbers for weights that are written over.
func unused() *rand.Rand { return rand.New(rand.NewPCG(0, 0)) }

// projectionDim returns how many numbers a projector makes of so many features: as many as
// its last weight has rows.
func projectionDim[T tensor.Float](projector nn.Module[T], features int) int {
	dim := features
	for _, s := range nn.State(projector) {
		if shape := s.Value.Shape(); len(shape) == 2 {
			dim = shape[0]
		}
	}
	return dim
}
