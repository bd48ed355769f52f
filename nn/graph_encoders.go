package nn

import (
	"fmt"
	"math"

	"entrec/tensor/onnx"
)

// Graph adds both layers.
func (m *flatNet[T]) Graph(g *onnx.Graph, prefix, x string) string {
	x = g.Op("Flatten", prefix+"flatten", []string{x})
	x = m.bn1.graphReLU(g, prefix+"bn1.", m.fc1.Graph(g, prefix+"fc1.", x))
	return m.bn2.graphReLU(g, prefix+"bn2.", m.fc2.Graph(g, prefix+"fc2.", x))
}

// Graph adds the four layers and the mean.
func (n *convNet[T]) Graph(g *onnx.Graph, prefix, x string) string {
	for i := range n.conv {
		x = n.conv[i].Graph(g, fmt.Sprintf("%sconv%d.", prefix, i+1), x)
		x = n.bn[i].graphReLU(g, fmt.Sprintf("%sbn%d.", prefix, i+1), x)
	}
	return graphMean(g, prefix, x)
}

// Graph adds the four layers and the mean.
func (n *PatchNet[T]) Graph(g *onnx.Graph, prefix, x string) string {
	for i, c := range n.conv {
		at := fmt.Sprintf("%sconv%d.", prefix, i+1)
		x = g.Op("Relu", at+"relu", []string{c.Graph(g, at, x)})
	}
	return graphMean(g, prefix, x)
}

// Graph adds the stem, the stages and the mean.
func (r *ResNet[T]) Graph(g *onnx.Graph, prefix, x string) string {
	x = r.bn1.graphReLU(g, prefix+"bn1.", r.conv1.Graph(g, prefix+"conv1.", x))
	if r.pooled {
		x = g.Op("MaxPool", prefix+"maxpool", []string{x}, onnx.Ints("kernel_shape", 3, 3), onnx.Ints("strides", 2, 2), onnx.Ints("pads", 1, 1, 1, 1))
	}
	for i, layer := range r.layers {
		for j, b := range layer {
			x = b.(Graphed).Graph(g, fmt.Sprintf("%slayer%d.%d.", prefix, i+1, j), x)
		}
	}
	if r.last != nil {
		x = r.last.bn.graphReLU(g, prefix+"features.bn.", r.last.conv.Graph(g, prefix+"features.conv.", x))
	}
	return graphMean(g, prefix, x)
}

// Graph adds the block.
func (b *basicBlock[T]) Graph(g *onnx.Graph, prefix, x string) string {
	y := b.bn1.graphReLU(g, prefix+"bn1.", b.conv1.Graph(g, prefix+"conv1.", x))
	y = b.bn2.Graph(g, prefix+"bn2.", b.conv2.Graph(g, prefix+"conv2.", y))
	return b.down.graph(g, prefix, y, x)
}

// Graph adds the block.
func (b *bottleneck[T]) Graph(g *onnx.Graph, prefix, x string) string {
	y := b.bn1.graphReLU(g, prefix+"bn1.", b.conv1.Graph(g, prefix+"conv1.", x))
	y = b.bn2.graphReLU(g, prefix+"bn2.", b.conv2.Graph(g, prefix+"conv2.", y))
	y = b.bn3.Graph(g, prefix+"bn3.", b.conv3.Graph(g, prefix+"conv3.", y))
	return b.down.graph(g, prefix, y, x)
}

// graph adds the end of a block with input x.
func (s shortcut[T]) graph(g *onnx.Graph, prefix, y, x string) string {
	if s.conv != nil {
		x = s.norm.Graph(g, prefix+"downsample.1.", s.conv.Graph(g, prefix+"downsample.0.", x))
	}
	return g.Op("Relu", prefix+"relu", []string{g.Op("Add", nodeName(prefix), []string{y, x})})
}

// Graph adds the patches' projection, the class token, the positions, the blocks, and the
// norm of the class token, for images of the size that the network was made for.
func (v *ViT[T]) Graph(g *onnx.Graph, prefix, x string) string {
	op := func(op, name string, in ...string) string { return g.Op(op, prefix+name, in) }
	x = v.patch.Graph(g, prefix+"patch_embed.proj.", x)
	x = op("Reshape", "patch_embed.flat", x, g.Ints(prefix+"patch_embed.shape", 0, 0, -1))
	x = g.Op("Transpose", prefix+"patch_embed", []string{x}, onnx.Ints("perm", 0, 2, 1))
	batch := g.Op("Shape", prefix+"batch", []string{x}, onnx.Int("start", 0), onnx.Int("end", 1))
	shape := g.Op("Concat", prefix+"cls_token.shape", []string{batch, g.Ints(prefix+"cls_token.one", 1, v.Dim())}, onnx.Int("axis", 0))
	class := op("Expand", "cls_token.expanded", floats(g, prefix+"cls_token", v.class), shape)
	x = g.Op("Concat", prefix+"tokens", []string{class, x}, onnx.Int("axis", 1))
	x = op("Add", "placed", x, floats(g, prefix+"pos_embed", v.positions))
	for i, b := range v.blocks {
		x = b.graph(g, prefix+"blocks."+indexName(i), x)
	}
	x = g.Op("Slice", prefix+"class", []string{x, g.Ints(prefix+"class.from", 0), g.Ints(prefix+"class.to", 1), g.Ints(prefix+"class.axis", 1)})
	x = g.Op("Flatten", prefix+"flatten", []string{x})
	return v.norm.Graph(g, prefix+"norm.", x)
}

// graph adds the block, on tokens (n, t, d).
func (b *vitBlock[T]) graph(g *onnx.Graph, prefix, x string) string {
	y := b.graphOfAttention(g, prefix+"attn.", b.norm1.Graph(g, prefix+"norm1.", x))
	x = g.Op("Add", prefix+"attended", []string{x, y})
	y = b.fc1.graphOfTokens(g, prefix+"mlp.fc1.", b.norm2.Graph(g, prefix+"norm2.", x))
	y = b.fc2.graphOfTokens(g, prefix+"mlp.fc2.", graphGELU(g, prefix+"mlp.", y))
	return g.Op("Add", nodeName(prefix), []string{x, y})
}

// graphOfAttention adds proj(softmax(q·kᵀ/√d)·v), q, k and v of each head made by qkv.
func (b *vitBlock[T]) graphOfAttention(g *onnx.Graph, prefix, x string) string {
	d := b.qkv.Weight.Value.Dim(1)
	divided, joined := g.Ints(prefix+"divided", 0, 0, b.heads, d/b.heads), g.Ints(prefix+"joined", 0, 0, d)
	qkv := g.Split(prefix+"split", b.qkv.graphOfTokens(g, prefix+"qkv.", x), -1, 3)
	for i, name := range []string{"q", "k", "v"} {
		perm := []int{0, 2, 1, 3}
		if name == "k" {
			perm = []int{0, 2, 3, 1}
		}
		parts := g.Op("Reshape", prefix+name+".heads", []string{qkv[i], divided})
		qkv[i] = g.Op("Transpose", prefix+name, []string{parts}, onnx.Ints("perm", perm...))
	}
	scale := g.Floats(prefix+"scale", nil, []float32{float32(1 / math.Sqrt(float64(d/b.heads)))})
	scores := g.Op("Mul", prefix+"scores", []string{g.Op("MatMul", prefix+"products", qkv[:2]), scale})
	weights := g.Op("Softmax", prefix+"softmax", []string{scores}, onnx.Int("axis", -1))
	y := g.Op("MatMul", prefix+"mixed", []string{weights, qkv[2]})
	y = g.Op("Transpose", prefix+"turned", []string{y}, onnx.Ints("perm", 0, 2, 1, 3))
	return b.proj.graphOfTokens(g, prefix+"proj.", g.Op("Reshape", prefix+"rows", []string{y, joined}))
}
