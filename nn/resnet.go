package nn

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
)

var (
	resNet18Row = resNetRow("resnet18", BasicBlock, [4]int{2, 2, 2, 2})
	resNet34Row = resNetRow("resnet34", BasicBlock, [4]int{3, 4, 6, 3})
	resNet50Row = resNetRow("resnet50", Bottleneck, [4]int{3, 4, 6, 3})
)

func resNetRow(name string, kind Block, blocks [4]int) EncoderRow {
	return EncoderRow{
		Name: name, Doc: "residual network, of width channels first", StandardWidth: 64,
		Parameters: []EncoderParameter{{
			Name: "features", Max: 8 * bottleneckExpansion * maxWidth, Usual: "those of its last stage",
			Doc:     "features of a resnet; of another number than its last stage has, a convolution makes them",
			Default: func(c EncoderConfig) int { return kind.lastStage(c.Width) },
		}, {
			Name: "stem", Words: []string{"cifar", "imagenet"}, Max: stemImageNet, Absent: stemCIFAR, Usual: "cifar for images of less than 96 pixels",
			Doc:     "first layers of a resnet: a convolution of 3×3, or one of 7×7 and a pooling that shrink images to a quarter",
			Default: usualStem,
		}},
		Sizes: func(EncoderConfig) ImageSizes { return ImageSizes{Any: true} },
		Maps:  resNetMaps,
		New32: func(rng *rand.Rand, c EncoderConfig) Encoder[float32] {
			return buildResNet[float32](rng, c, kind, blocks)
		},
		New64: func(rng *rand.Rand, c EncoderConfig) Encoder[float64] {
			return buildResNet[float64](rng, c, kind, blocks)
		},
	}
}

func buildResNet[T Float](rng *rand.Rand, c EncoderConfig, kind Block, blocks [4]int) *ResNet[T] {
	r := newResNet[T](rng, c.Channels, c.Width, kind, blocks, c.Parameters["stem"])
	if n := c.Parameters["features"]; n != r.dim {
		r.last = &resNetFeatures[T]{resConv[T](rng, r.dim, n, 1, 1), NewBatchNorm[T](n)}
	}
	return r
}

// The values of a resnet's parameter stem.
const (
	stemCIFAR = 1 + iota
	stemImageNet
)

// stemSide is the side of images from which on the stem for large ones is the usual one, as
// with solo-learn, which has it for STL-10 and not for Tiny ImageNet.
const stemSide = 96

func usualStem(c EncoderConfig) int {
	if min(c.Height, c.ImgWidth) >= stemSide {
		return stemImageNet
	}
	return stemCIFAR
}

func resNetMaps(c EncoderConfig, side int) [2]int {
	if c.Parameters["stem"] == stemImageNet {
		side = halved(side, 2)
	}
	return [2]int{halved(side, 2), halved(side, 3)}
}

// ResNet is a residual network (He et al., 2016) with the stem that is usual for
// small images: a 3×3 convolution of stride 1 and no max pooling; or with its own, a 7×7
// convolution and a 3×3 max pooling, each of stride 2. Names of parameters are torchvision's
// (without fc).
type ResNet[T Float] struct {
	conv1  *Conv2d[T]
	pooled bool // by the stem
	bn1    *BatchNorm[T]
	layers [4][]Module[T]
	dim    int                // of the last stage
	last   *resNetFeatures[T] // or nil
}

// resNetFeatures is a convolution of 1×1, batch norm and ReLU behind the last stage, which
// makes more features of it than it has: a linear classifier on them sees more, at the cost
// of a hundredth of the network.
type resNetFeatures[T Float] struct {
	conv *Conv2d[T]
	bn   *BatchNorm[T]
}

// Block is the kind of a ResNet's blocks.
type Block int

// The blocks of ResNet-18 and 34, and of ResNet-50.
const (
	BasicBlock Block = iota // two 3×3 convolutions
	Bottleneck              // 1×1, 3×3 and 1×1 with four times the channels
)

// lastStage returns the channels of the last stage of a network of the given width.
func (b Block) lastStage(width int) int {
	if b == Bottleneck {
		width *= bottleneckExpansion
	}
	return 8 * width
}

// NewResNet returns a ResNet for images of the given number of channels, whose
// four stages have width, 2·width, 4·width and 8·width channels (four times as many
// behind bottlenecks) and the given numbers of blocks; basic {2, 2, 2, 2} is
// ResNet-18. The stem is that for small images. Initialization is torchvision's.
func NewResNet[T Float](rng *rand.Rand, channels, width int, kind Block, blocks [4]int) *ResNet[T] {
	return newResNet[T](rng, channels, width, kind, blocks, stemCIFAR)
}

func newResNet[T Float](rng *rand.Rand, channels, width int, kind Block, blocks [4]int, stem int) *ResNet[T] {
	r := &ResNet[T]{bn1: NewBatchNorm[T](width), pooled: stem == stemImageNet}
	if r.pooled {
		r.conv1 = resConv[T](rng, channels, width, 7, 2)
	} else {
		r.conv1 = resConv[T](rng, channels, width, 3, 1)
	}
	in := width
	for i, n := range blocks {
		for j := range n {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			if kind == Bottleneck {
				r.layers[i] = append(r.layers[i], newBottleneck[T](rng, in, width<<i, stride))
				in = bottleneckExpansion * width << i
			} else {
				r.layers[i] = append(r.layers[i], newBasicBlock[T](rng, in, width<<i, stride))
				in = width << i
			}
		}
	}
	r.dim = in
	return r
}

// Dim returns the number of features: 8·width, 32·width with bottlenecks, or as many as
// the encoder's parameter says.
func (r *ResNet[T]) Dim() int {
	if r.last != nil {
		return r.last.conv.Weight.Value.Dim(0)
	}
	return r.dim
}

// Forward maps images (n, channels, h, w) to features (n, Dim), the mean over
// the pixels of the last stage, or of what a convolution makes of it.
func (r *ResNet[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	_, features := r.Stages(ctx, x)
	return features
}

// Stages is Forward with the maps of the last two stages: 8×8 and 4×4 of images of 32×32
// with the stem for small images.
func (r *ResNet[T]) Stages(ctx Context, x *autograd.Var[T]) (maps [2]*autograd.Var[T], features *autograd.Var[T]) {
	x = r.bn1.ForwardReLU(ctx, r.conv1.ForwardMeasured(ctx, x), nil)
	if r.pooled {
		x = autograd.MaxPool2d(x, 3, 2, 1)
	}
	for i, layer := range r.layers {
		for _, b := range layer {
			x = b.Forward(ctx, x)
		}
		if i >= 2 {
			maps[i-2] = x
		}
	}
	if r.last != nil {
		x = r.last.bn.ForwardReLU(ctx, r.last.conv.ForwardMeasured(ctx, x), nil)
	}
	return maps, autograd.GlobalAvgPool2d(x)
}

// StageDims returns the channels of the last two stages.
func (r *ResNet[T]) StageDims() [2]int { return [2]int{r.dim / 2, r.dim} }

// State visits conv1, bn1, layer1 … layer4, and features, where there are some, as
// torchvision's networks have not.
func (r *ResNet[T]) State(prefix string, visit Visitor[T]) {
	r.conv1.State(prefix+"conv1.", visit)
	r.bn1.State(prefix+"bn1.", visit)
	for i, layer := range r.layers {
		for j, b := range layer {
			b.State(fmt.Sprintf("%slayer%d.%d.", prefix, i+1, j), visit)
		}
	}
	if r.last != nil {
		r.last.conv.State(prefix+"features.conv.", visit)
		r.last.bn.State(prefix+"features.bn.", visit)
	}
}

// shortcut is the path around a block: a convolution of 1×1 and a norm where the shape
// changes, the identity elsewhere.
type shortcut[T Float] struct {
	conv *Conv2d[T] // or nil
	norm *BatchNorm[T]
}

func newShortcut[T Float](rng *rand.Rand, in, out, stride int) shortcut[T] {
	if stride == 1 && in == out {
		return shortcut[T]{}
	}
	return shortcut[T]{resConv[T](rng, in, out, 1, stride), NewBatchNorm[T](out)}
}

// join returns relu(norm(y) + shortcut(x)), the end of a block with input x.
func (s shortcut[T]) join(ctx Context, norm *BatchNorm[T], y Measured[T], x *autograd.Var[T]) *autograd.Var[T] {
	if s.conv == nil {
		return norm.ForwardReLU(ctx, y, x)
	}
	return norm.ForwardSumReLU(ctx, y, s.norm, s.conv.ForwardMeasured(ctx, x))
}

func (s shortcut[T]) state(prefix string, visit Visitor[T]) {
	if s.conv != nil {
		s.conv.State(prefix+"downsample.0.", visit)
		s.norm.State(prefix+"downsample.1.", visit)
	}
}

// basicBlock is relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)).
type basicBlock[T Float] struct {
	conv1, conv2 *Conv2d[T]
	bn1, bn2     *BatchNorm[T]
	down         shortcut[T]
}

func newBasicBlock[T Float](rng *rand.Rand, in, out, stride int) *basicBlock[T] {
	return &basicBlock[T]{
		conv1: resConv[T](rng, in, out, 3, stride), bn1: NewBatchNorm[T](out),
		conv2: resConv[T](rng, out, out, 3, 1), bn2: NewBatchNorm[T](out),
		down: newShortcut[T](rng, in, out, stride),
	}
}

// Forward applies the block.
func (b *basicBlock[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	y := b.bn1.ForwardReLUConv(ctx, b.conv1.ForwardMeasured(ctx, x), b.conv2)
	return b.down.join(ctx, b.bn2, y, x)
}

// State visits the block's layers.
func (b *basicBlock[T]) State(prefix string, visit Visitor[T]) {
	b.conv1.State(prefix+"conv1.", visit)
	b.bn1.State(prefix+"bn1.", visit)
	b.conv2.State(prefix+"conv2.", visit)
	b.bn2.State(prefix+"bn2.", visit)
	b.down.state(prefix, visit)
}

// bottleneckExpansion is how many times wider a bottleneck is at its end.
const bottleneckExpansion = 4

// bottleneck is relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut(x));
// as in torchvision, the 3×3 convolution has the stride.
type bottleneck[T Float] struct {
	conv1, conv2, conv3 *Conv2d[T]
	bn1, bn2, bn3       *BatchNorm[T]
	down                shortcut[T]
}

func newBottleneck[T Float](rng *rand.Rand, in, width, stride int) *bottleneck[T] {
	out := bottleneckExpansion * width
	return &bottleneck[T]{
		conv1: resConv[T](rng, in, width, 1, 1), bn1: NewBatchNorm[T](width),
		conv2: resConv[T](rng, width, width, 3, stride), bn2: NewBatchNorm[T](width),
		conv3: resConv[T](rng, width, out, 1, 1), bn3: NewBatchNorm[T](out),
		down: newShortcut[T](rng, in, out, stride),
	}
}

// Forward applies the block.
func (b *bottleneck[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	y := b.bn1.ForwardReLUConv(ctx, b.conv1.ForwardMeasured(ctx, x), b.conv2)
	y = b.bn2.ForwardReLUConv(ctx, y, b.conv3)
	return b.down.join(ctx, b.bn3, y, x)
}

// State visits the block's layers.
func (b *bottleneck[T]) State(prefix string, visit Visitor[T]) {
	b.conv1.State(prefix+"conv1.", visit)
	b.bn1.State(prefix+"bn1.", visit)
	b.conv2.State(prefix+"conv2.", visit)
	b.bn2.State(prefix+"bn2.", visit)
	b.conv3.State(prefix+"conv3.", visit)
	b.bn3.State(prefix+"bn3.", visit)
	b.down.state(prefix, visit)
}

// resConv returns a convolution without bias, padded to keep the size, with
// torchvision's initialization for residual networks.
func resConv[T Float](rng *rand.Rand, in, out, kernel, stride int) *Conv2d[T] {
	w := kaimingNormalFanOut[T](rng, out*kernel*kernel, out, in, kernel, kernel)
	return &Conv2d[T]{Weight: autograd.Param(w), Stride: stride, Padding: kernel / 2}
}
