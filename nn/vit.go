package nn

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
)

var vitRow = EncoderRow{
	Name: "vit", Doc: "vision transformer with tokens of width features", StandardWidth: 96, // half of ViT-Ti's, whose depth is 12
	Parameters: []EncoderParameter{
		{Name: "depth", Doc: "blocks of a vit", Max: 256, Usual: "6", Default: func(EncoderConfig) int { return 6 }},
		{Name: "heads", Doc: "attention heads of a vit", Max: maxWidth, Usual: "one for 64 features", Default: vitHeads},
		{Name: "patch", Doc: "side of a vit's patches in pixels", Max: maxImage, Usual: "by the images' size", Default: vitPatch},
	},
	Sizes: func(c EncoderConfig) ImageSizes { return ImageSizes{Any: true, Smallest: c.Parameters["patch"]} },
	Maps: func(c EncoderConfig, side int) [2]int {
		rows := side / c.Parameters["patch"]
		return [2]int{rows, rows}
	},
	Check: checkViT,
	New32: func(rng *rand.Rand, c EncoderConfig) Encoder[float32] { return NewViT[float32](rng, c) },
	New64: func(rng *rand.Rand, c EncoderConfig) Encoder[float64] { return NewViT[float64](rng, c) },
}

// vitHeads returns heads of 64 features or, where the width is no multiple, of 32, or
// one head.
func vitHeads(c EncoderConfig) int {
	for _, features := range []int{64, 32} {
		if c.Width%features == 0 {
			return max(c.Width/features, 1)
		}
	}
	return 1
}

// vitPatch returns patches of 4 pixels, 8 for images of more than 48 pixels, 16 for
// more than 112.
func vitPatch(c EncoderConfig) int {
	switch side := max(c.Height, c.ImgWidth); {
	case side <= 48:
		return 4
	case side <= 112:
		return 8
	}
	return 16
}

func checkViT(c EncoderConfig) error {
	heads, patch := c.Parameters["heads"], c.Parameters["patch"]
	switch {
	case c.Width%heads != 0:
		return fmt.Errorf("encoder vit: width %d is no multiple of %d heads", c.Width, heads)
	case patch > min(c.Height, c.ImgWidth):
		return fmt.Errorf("encoder vit: patches of %d pixels are larger than images of %d×%d", patch, c.Height, c.ImgWidth)
	}
	return nil
}

// ViT is a vision transformer (Dosovitskiy et al., 2021) as DINO's
// vision_transformer.py builds it: images are cut into patches, each projected to
// a token; a class token goes before them and learned positions are added; after
// blocks of attention and MLP, the features are the class token's. Names of
// parameters are timm's and DINO's.
//
// Images of other sizes than the network was made for get positions that are
// interpolated bicubically, as for DINO's small crops. Pixels beyond the last whole
// patch are not seen.
type ViT[T Float] struct {
	class     *autograd.Var[T] // (1, 1, d)
	positions *autograd.Var[T] // (1, 1 + rows·cols, d)
	patch     *Conv2d[T]
	blocks    []*vitBlock[T]
	norm      *LayerNorm[T]
	rows      int // of patches in an image of the expected size
	cols      int
}

// vitStd is the standard deviation of initial weights, tokens and positions; timm
// cuts the normal distribution off at ±2, a hundred of them.
const vitStd = 0.02

// vitEps is the eps of all norms.
const vitEps = 1e-6

// NewViT returns a vision transformer as c, which must be complete and valid, says:
// depth blocks of so many heads, width features, patches of so many pixels.
// Initialization is DINO's: weights and tokens from N(0, 0.02²), biases 0, the
// patches' projection as PyTorch's.
func NewViT[T Float](rng *rand.Rand, c EncoderConfig) *ViT[T] {
	depth, heads, patch := c.Parameters["depth"], c.Parameters["heads"], c.Parameters["patch"]
	v := &ViT[T]{rows: c.Height / patch, cols: c.ImgWidth / patch, norm: NewLayerNorm[T](c.Width, vitEps)}
	v.class = autograd.Param(normal[T](rng, vitStd, 1, 1, c.Width))
	v.positions = autograd.Param(normal[T](rng, vitStd, 1, 1+v.rows*v.cols, c.Width))
	v.patch = NewConv2d[T](rng, c.Channels, c.Width, patch, patch, 0, WithBias)
	for range depth {
		v.blocks = append(v.blocks, newViTBlock[T](rng, c.Width, heads))
	}
	return v
}

// Dim returns the number of features.
func (v *ViT[T]) Dim() int { return v.class.Value.Dim(2) }

// Forward maps images (n, channels, h, w) to features (n, Dim).
func (v *ViT[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	_, features := v.Stages(ctx, x)
	return features
}

// Stages is Forward with the patches' tokens behind half of the blocks and behind all, maps
// of one size.
func (v *ViT[T]) Stages(ctx Context, x *autograd.Var[T]) (maps [2]*autograd.Var[T], features *autograd.Var[T]) {
	x = v.patch.Forward(ctx, x)
	n, d, rows, cols := x.Value.Dim(0), v.Dim(), x.Value.Dim(2), x.Value.Dim(3)
	t := 1 + rows*cols
	x = autograd.Reshape(autograd.Transpose(x, 0, 2, 3, 1), n, t-1, d)
	x = autograd.Concat(1, autograd.Expand(v.class, n, 1, d), x)
	x = autograd.Reshape(autograd.Add(x, v.at(rows, cols)), n*t, d)
	patches := func() *autograd.Var[T] {
		tokens := autograd.Reshape(autograd.Slice(autograd.Reshape(x, n, t, d), 1, 1, t), n, rows, cols, d)
		return autograd.Transpose(tokens, 0, 3, 1, 2)
	}
	for i, b := range v.blocks {
		if i == len(v.blocks)/2 {
			maps[0] = patches()
		}
		x = b.forward(ctx, x, n, t)
	}
	maps[1] = patches()
	class := autograd.Slice(autograd.Reshape(x, n, t, d), 1, 0, 1)
	return maps, v.norm.Forward(ctx, autograd.Reshape(class, n, d))
}

// StageDims returns the width twice.
func (v *ViT[T]) StageDims() [2]int { return [2]int{v.Dim(), v.Dim()} }

// at returns the positions of the class token and rows×cols patches.
func (v *ViT[T]) at(rows, cols int) *autograd.Var[T] {
	if rows == v.rows && cols == v.cols {
		return v.positions
	}
	grid := autograd.Reshape(autograd.Slice(v.positions, 1, 1, 1+v.rows*v.cols), v.rows*v.cols, v.Dim())
	grid = autograd.MatMul(buffer(resample[T](v.rows, v.cols, rows, cols)), grid)
	return autograd.Concat(1, autograd.Slice(v.positions, 1, 0, 1), autograd.Reshape(grid, 1, rows*cols, v.Dim()))
}

// State visits cls_token, pos_embed, patch_embed.proj, blocks.0 … and norm.
func (v *ViT[T]) State(prefix string, visit Visitor[T]) {
	visit(prefix+"cls_token", v.class)
	visit(prefix+"pos_embed", v.positions)
	v.patch.State(prefix+"patch_embed.proj.", visit)
	for i, b := range v.blocks {
		b.state(prefix+"blocks."+indexName(i), visit)
	}
	v.norm.State(prefix+"norm.", visit)
}

// vitBlock is x + proj(attention(qkv(norm1(x)))), then x + fc2(gelu(fc1(norm2(x)))),
// on rows of d features, t a sample.
type vitBlock[T Float] struct {
	heads        int
	norm1, norm2 *LayerNorm[T]
	qkv, proj    *Linear[T]
	fc1, fc2     *Linear[T]
}

func newViTBlock[T Float](rng *rand.Rand, d, heads int) *vitBlock[T] {
	linear := func(in, out int) *Linear[T] {
		return &Linear[T]{autograd.Param(normal[T](rng, vitStd, out, in)), autograd.Param(constant[T](0, out))}
	}
	return &vitBlock[T]{
		heads: heads, norm1: NewLayerNorm[T](d, vitEps), norm2: NewLayerNorm[T](d, vitEps),
		qkv: linear(d, 3*d), proj: linear(d, d), fc1: linear(d, 4*d), fc2: linear(4*d, d),
	}
}

func (b *vitBlock[T]) forward(ctx Context, x *autograd.Var[T], n, t int) *autograd.Var[T] {
	d := x.Value.Dim(1)
	y := b.qkv.Forward(ctx, b.norm1.Forward(ctx, x))
	y = autograd.SelfAttention(autograd.Reshape(y, n, t, 3*d), b.heads)
	x = autograd.Add(x, b.proj.Forward(ctx, autograd.Reshape(y, n*t, d)))
	y = autograd.GELU(b.fc1.Forward(ctx, b.norm2.Forward(ctx, x)))
	return autograd.Add(x, b.fc2.Forward(ctx, y))
}

func (b *vitBlock[T]) state(prefix string, visit Visitor[T]) {
	b.norm1.State(prefix+"norm1.", visit)
	b.qkv.State(prefix+"attn.qkv.", visit)
	b.proj.State(prefix+"attn.proj.", visit)
	b.norm2.State(prefix+"norm2.", visit)
	b.fc1.State(prefix+"mlp.fc1.", visit)
	b.fc2.State(prefix+"mlp.fc2.", visit)
}
