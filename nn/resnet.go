package nn

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
)

// ResNet is a residual network of basic blocks (He et al., 2016) with the stem
// that is usual for small images: a 3×3 convolution of stride 1 and no max
// pooling. Names of parameters are torchvision's (without fc).
type ResNet[T Float] struct {
	conv1  *Conv2d[T]
	bn1    *BatchNorm[T]
	layers [4][]*basicBlock[T]
	dim    int
}

// NewResNet returns a ResNet for images of the given number of channels, whose
// four stages have width, 2·width, 4·width and 8·width channels and the given
// numbers of blocks; {2, 2, 2, 2} is ResNet-18. Initialisation is torchvision's.
func NewResNet[T Float](rng *rand.Rand, channels, width int, blocks [4]int) *ResNet[T] {
	r := &ResNet[T]{conv1: resConv[T](rng, channels, width, 3, 1), bn1: NewBatchNorm[T](width)}
	in := width
	for i, n := range blocks {
		out := width << i
		for j := range n {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			r.layers[i] = append(r.layers[i], newBasicBlock[T](rng, in, out, stride))
			in = out
		}
	}
	r.dim = in
	return r
}

// Dim returns the number of features, 8·width.
func (r *ResNet[T]) Dim() int { return r.dim }

// Forward maps images (n, channels, h, w) to features (n, 8·width), the mean over
// the pixels of the last stage.
func (r *ResNet[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	x = r.bn1.ForwardReLU(ctx, r.conv1.Forward(ctx, x), nil)
	for _, layer := range r.layers {
		for _, b := range layer {
			x = b.Forward(ctx, x)
		}
	}
	return autograd.GlobalAvgPool2d(x)
}

// State visits conv1, bn1, layer1 … layer4.
func (r *ResNet[T]) State(prefix string, visit Visitor[T]) {
	r.conv1.State(prefix+"conv1.", visit)
	r.bn1.State(prefix+"bn1.", visit)
	for i, layer := range r.layers {
		for j, b := range layer {
			b.State(fmt.Sprintf("%slayer%d.%d.", prefix, i+1, j), visit)
		}
	}
}

// basicBlock is relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)).
type basicBlock[T Float] struct {
	conv1, conv2 *Conv2d[T]
	bn1, bn2     *BatchNorm[T]
	downConv     *Conv2d[T] // nil where the shortcut is the identity
	downNorm     *BatchNorm[T]
}

func newBasicBlock[T Float](rng *rand.Rand, in, out, stride int) *basicBlock[T] {
	b := &basicBlock[T]{
		conv1: resConv[T](rng, in, out, 3, stride), bn1: NewBatchNorm[T](out),
		conv2: resConv[T](rng, out, out, 3, 1), bn2: NewBatchNorm[T](out),
	}
	if stride != 1 || in != out {
		b.downConv, b.downNorm = resConv[T](rng, in, out, 1, stride), NewBatchNorm[T](out)
	}
	return b
}

func (b *basicBlock[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	shortcut := x
	y := b.bn1.ForwardReLU(ctx, b.conv1.Forward(ctx, x), nil)
	y = b.conv2.Forward(ctx, y)
	if b.downConv != nil {
		shortcut = b.downNorm.Forward(ctx, b.downConv.Forward(ctx, x))
	}
	return b.bn2.ForwardReLU(ctx, y, shortcut)
}

func (b *basicBlock[T]) State(prefix string, visit Visitor[T]) {
	b.conv1.State(prefix+"conv1.", visit)
	b.bn1.State(prefix+"bn1.", visit)
	b.conv2.State(prefix+"conv2.", visit)
	b.bn2.State(prefix+"bn2.", visit)
	if b.downConv != nil {
		b.downConv.State(prefix+"downsample.0.", visit)
		b.downNorm.State(prefix+"downsample.1.", visit)
	}
}

// resConv returns a convolution without bias, padded to keep the size, with
// torchvision's initialisation for residual networks.
func resConv[T Float](rng *rand.Rand, in, out, kernel, stride int) *Conv2d[T] {
	w := kaimingNormalFanOut[T](rng, out*kernel*kernel, out, in, kernel, kernel)
	return &Conv2d[T]{Weight: autograd.Param(w), Stride: stride, Padding: kernel / 2}
}
