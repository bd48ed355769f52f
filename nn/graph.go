package nn

import (
	"fmt"
	"strings"

	"entrec/autograd"
	"entrec/tensor"
	"entrec/tensor/onnx"
)

// Graphed is a layer or a network that can be written as an ONNX graph, as all encoders
// and layers of this package can.
type Graphed interface {
	// Graph adds what the module computes of the value x in evaluation to g, in float32,
	// and returns the name of what it returns. Constants have the module's names in a
	// state dict, under prefix.
	Graph(g *onnx.Graph, prefix, x string) string
}

// AsGraphed returns an encoder that can be written as a graph. The error says that it
// cannot.
func AsGraphed[T Float](name string, e Encoder[T]) (Graphed, error) {
	if m, ok := e.(Graphed); ok {
		return m, nil
	}
	return nil, fmt.Errorf("encoder %s has no ONNX graph, expected one that has (nn.Graphed)", name)
}

// nodeName returns the name of a layer's node: that of the layer.
func nodeName(prefix string) string { return strings.TrimSuffix(prefix, ".") }

// floats adds a tensor of the state as a constant.
func floats[T Float](g *onnx.Graph, name string, v *autograd.Var[T]) string {
	return g.Floats(name, v.Value.Shape(), singles(v.Value))
}

// singles returns the values of a tensor as float32, row-major.
func singles[T Float](t *tensor.Tensor[T]) []float32 {
	values := tensor.Contiguous(t).Data()
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// Graph adds a Gemm of rows.
func (l *Linear[T]) Graph(g *onnx.Graph, prefix, x string) string {
	in := []string{x, floats(g, prefix+"weight", l.Weight)}
	if l.Bias != nil {
		in = append(in, floats(g, prefix+"bias", l.Bias))
	}
	return g.Op("Gemm", nodeName(prefix), in, onnx.Int("transB", 1))
}

// graphOfTokens adds a MatMul of tokens (n, t, in), by the transposed weight.
func (l *Linear[T]) graphOfTokens(g *onnx.Graph, prefix, x string) string {
	turned := l.Weight.Value.Transpose(1, 0)
	weight := g.Floats(prefix+"weight.T", turned.Shape(), singles(turned))
	x = g.Op("MatMul", prefix+"matmul", []string{x, weight})
	return g.Op("Add", nodeName(prefix), []string{x, floats(g, prefix+"bias", l.Bias)})
}

// Graph adds a Conv.
func (c *Conv2d[T]) Graph(g *onnx.Graph, prefix, x string) string {
	in := []string{x, floats(g, prefix+"weight", c.Weight)}
	if c.Bias != nil {
		in = append(in, floats(g, prefix+"bias", c.Bias))
	}
	p := c.Padding
	return g.Op("Conv", nodeName(prefix), in, onnx.Ints("strides", c.Stride, c.Stride), onnx.Ints("pads", p, p, p, p))
}

// Graph adds a BatchNormalization by the running statistics.
func (b *BatchNorm[T]) Graph(g *onnx.Graph, prefix, x string) string {
	weight, bias := b.Weight, b.Bias
	if weight == nil {
		c := b.Mean.Value.Dim(0)
		weight, bias = buffer(constant[T](1, c)), buffer(constant[T](0, c))
	}
	return g.Op("BatchNormalization", nodeName(prefix), []string{
		x, floats(g, prefix+"weight", weight), floats(g, prefix+"bias", bias),
		floats(g, prefix+"running_mean", b.Mean), floats(g, prefix+"running_var", b.Var),
	}, onnx.Float("epsilon", batchNormEps))
}

// graphReLU adds Graph and a ReLU.
func (b *BatchNorm[T]) graphReLU(g *onnx.Graph, prefix, x string) string {
	return g.Op("Relu", prefix+"relu", []string{b.Graph(g, prefix, x)})
}

// Graph adds a LayerNormalization.
func (l *LayerNorm[T]) Graph(g *onnx.Graph, prefix, x string) string {
	return g.Op("LayerNormalization", nodeName(prefix), []string{x, floats(g, prefix+"weight", l.Weight), floats(g, prefix+"bias", l.Bias)},
		onnx.Int("axis", -1), onnx.Float("epsilon", l.Eps))
}

// Graph adds the layers.
func (m *MLP[T]) Graph(g *onnx.Graph, prefix, x string) string {
	for _, l := range m.layers {
		at := prefix + indexName(l.index)
		x = l.linear.Graph(g, at, x)
		if l.norm != nil {
			x = l.norm.Graph(g, prefix+indexName(l.index+1), x)
		}
		switch {
		case l.activation && m.gelu:
			x = graphGELU(g, at, x)
		case l.activation:
			x = g.Op("Relu", at+"relu", []string{x})
		}
	}
	return x
}

// graphGELU adds x/2·(1 + erf(x/√2)): before version 20 there is no operator for it.
func graphGELU(g *onnx.Graph, prefix, x string) string {
	op := func(op, name string, a, b string) string { return g.Op(op, prefix+"gelu."+name, []string{a, b}) }
	number := func(name string, v float32) string { return g.Floats(prefix+"gelu."+name, nil, []float32{v}) }
	erf := g.Op("Erf", prefix+"gelu.erf", []string{op("Div", "scaled", x, number("sqrt2", 1.4142135))})
	return op("Mul", "out", op("Mul", "half", x, number("0.5", 0.5)), op("Add", "gate", erf, number("1", 1)))
}

// graphMean adds the mean over all places of a map, as rows.
func graphMean(g *onnx.Graph, prefix, x string) string {
	return g.Op("Flatten", prefix+"flatten", []string{g.Op("GlobalAveragePool", prefix+"pooled", []string{x})})
}
