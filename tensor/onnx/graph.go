package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Graph is a computation that is being put together. Its values go by names: those of
// its input, of its constants, and of its nodes, each of which is named after what it
// returns. A name that is given twice makes [Graph.Write] fail. The zero value is an empty
// graph.
type Graph struct {
	inputs, outputs, constants, nodes [][]byte
	names                             map[string]bool
	twice                             string // the first name that was given twice
}

// The field numbers of GraphProto, NodeProto, TensorProto and what they consist of.
const (
	graphNode, graphName, graphConstant, graphInput, graphOutput = 1, 2, 5, 11, 12

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute = 1, 2, 3, 4, 5

	tensorDims, tensorType, tensorName, tensorRaw = 1, 2, 8, 9

	valueName, valueType, typeTensor, typeElement, typeShape, shapeDim, dimValue, dimParam = 1, 2, 1, 1, 2, 1, 1, 2
)

// The types of elements.
const (
	float32s = 1
	int64s   = 7
)

// Batch is the name of the batch's dimension, whose length is free.
const Batch = "batch"

// name takes a name and returns it.
func (g *Graph) name(name string) string {
	if g.names == nil {
		g.names = map[string]bool{}
	}
	if g.names[name] && g.twice == "" {
		g.twice = name
	}
	g.names[name] = true
	return name
}

// Input declares an input of float32, whose dimensions are the batch's and those that are
// given, and returns its name.
func (g *Graph) Input(name string, dims ...int) string {
	g.inputs = append(g.inputs, value(name, dims))
	return g.name(name)
}

// Output declares that the value x, whose dimensions are the batch's and those that are
// given, is an output of that name.
func (g *Graph) Output(name, x string, dims ...int) {
	g.outputs = append(g.outputs, value(name, dims))
	g.Op("Identity", name, []string{x})
}

// value returns a ValueInfoProto.
func value(name string, dims []int) []byte {
	shape := message(nil, shapeDim, text(nil, dimParam, Batch))
	for _, d := range dims {
		shape = message(shape, shapeDim, number(nil, dimValue, d))
	}
	tensor := message(number(nil, typeElement, float32s), typeShape, shape)
	return message(text(nil, valueName, name), valueType, message(nil, typeTensor, tensor))
}

// Floats adds a constant of float32 and returns its name.
func (g *Graph) Floats(name string, shape []int, values []float32) string {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return g.constant(name, float32s, shape, raw)
}

// Ints adds a row of int64 and returns its name.
func (g *Graph) Ints(name string, values ...int) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(name, int64s, []int{len(values)}, raw)
}

// constant adds a TensorProto.
func (g *Graph) constant(name string, kind int, shape []int, raw []byte) string {
	t := make([]byte, 0, len(raw)+len(name)+64)
	for _, d := range shape {
		t = number(t, tensorDims, d)
	}
	t = message(text(number(t, tensorType, kind), tensorName, name), tensorRaw, raw)
	g.constants = append(g.constants, t)
	return g.name(name)
}

// Op adds a node that computes an operator of some values, and returns its name, which is
// that of the value it returns.
func (g *Graph) Op(op, name string, inputs []string, attributes ...Attribute) string {
	g.node(op, name, inputs, []string{g.name(name)}, attributes)
	return name
}

// Split adds a node that divides x along an axis into n equal parts, and returns their
// names.
func (g *Graph) Split(name, x string, axis, n int) []string {
	var parts []string
	for i := range n {
		parts = append(parts, g.name(fmt.Sprintf("%s.%d", name, i)))
	}
	g.node("Split", name, []string{x}, parts, []Attribute{Int("axis", axis)})
	return parts
}

// node adds a NodeProto.
func (g *Graph) node(op, name string, inputs, outputs []string, attributes []Attribute) {
	var n []byte
	for _, x := range inputs {
		n = text(n, nodeInput, x)
	}
	for _, x := range outputs {
		n = text(n, nodeOutput, x)
	}
	n = text(text(n, nodeName, name), nodeOp, op)
	for _, a := range attributes {
		n = message(n, nodeAttribute, a)
	}
	g.nodes = append(g.nodes, n)
}

// Attribute is a setting of an operator, an AttributeProto.
type Attribute []byte

// The field numbers of AttributeProto, and its types.
const (
	attributeName, attributeFloat, attributeInt, attributeInts, attributeType = 1, 2, 3, 8, 20

	typeFloat, typeInt, typeInts = 1, 2, 7
)

// Int returns a whole number.
func Int(name string, v int) Attribute {
	return number(number(text(nil, attributeName, name), attributeInt, v), attributeType, typeInt)
}

// Ints returns a row of whole numbers.
func Ints(name string, values ...int) Attribute {
	a := text(nil, attributeName, name)
	for _, v := range values {
		a = number(a, attributeInts, v)
	}
	return number(a, attributeType, typeInts)
}

// Float returns a number.
func Float(name string, v float64) Attribute {
	a := protowire.AppendTag(text(nil, attributeName, name), attributeFloat, protowire.Fixed32Type)
	return number(protowire.AppendFixed32(a, math.Float32bits(float32(v))), attributeType, typeFloat)
}

// text appends a field that is a string.
func text(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

// message appends a field that is a message or bytes.
func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

// number appends a field that is a whole number.
func number(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(int64(v)))
}
