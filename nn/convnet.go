package nn

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
)

var convNetRow = EncoderRow{
	Name: "convnet", Doc: "four convolutions, of width channels first", StandardWidth: 32,
	Sizes: func(EncoderConfig) ImageSizes { return ImageSizes{Any: true} },
	Maps:  func(_ EncoderConfig, side int) [2]int { return [2]int{halved(side, 2), halved(side, 3)} },
	Check: checkConvNet,
	New32: newConvNet[float32], New64: newConvNet[float64],
}

// checkConvNet refuses images that the three halvings shrink to less than a pixel:
// the last layers would see little but padding. Small crops of larger images may be.
func checkConvNet(c EncoderConfig) error {
	if min(c.Height, c.ImgWidth) < 8 {
		return fmt.Errorf("encoder convnet: images of %d×%d are smaller than 8×8", c.Height, c.ImgWidth)
	}
	return nil
}

// convNet is four layers of 3×3 convolution, batch norm and ReLU, then the mean over
// pixels. The first three layers halve the image; the channels are width, 2·width,
// 4·width and 4·width.
type convNet[T Float] struct {
	conv [4]*Conv2d[T]
	bn   [4]*BatchNorm[T]
}

func newConvNet[T Float](rng *rand.Rand, c EncoderConfig) Encoder[T] {
	n := &convNet[T]{}
	in := c.Channels
	for i, out := range [4]int{c.Width, 2 * c.Width, 4 * c.Width, 4 * c.Width} {
		stride := 2
		if i == 3 {
			stride = 1
		}
		n.conv[i], n.bn[i] = resConv[T](rng, in, out, 3, stride), NewBatchNorm[T](out)
		in = out
	}
	return n
}

func (n *convNet[T]) Dim() int { return n.conv[3].Weight.Value.Dim(0) }

func (n *convNet[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	y := n.conv[0].ForwardMeasured(ctx, x)
	for i := range 3 {
		y = n.bn[i].ForwardReLUConv(ctx, y, n.conv[i+1])
	}
	return autograd.GlobalAvgPool2d(n.bn[3].ForwardReLU(ctx, y, nil))
}

// Stages is Forward with the maps behind the second and the last layer.
func (n *convNet[T]) Stages(ctx Context, x *autograd.Var[T]) (maps [2]*autograd.Var[T], features *autograd.Var[T]) {
	y := n.bn[0].ForwardReLUConv(ctx, n.conv[0].ForwardMeasured(ctx, x), n.conv[1])
	maps[0] = n.bn[1].ForwardReLU(ctx, y, nil)
	y = n.bn[2].ForwardReLUConv(ctx, n.conv[2].ForwardMeasured(ctx, maps[0]), n.conv[3])
	maps[1] = n.bn[3].ForwardReLU(ctx, y, nil)
	return maps, autograd.GlobalAvgPool2d(maps[1])
}

// StageDims returns the channels of the second and the last layer.
func (n *convNet[T]) StageDims() [2]int { return [2]int{n.conv[1].Weight.Value.Dim(0), n.Dim()} }

func (n *convNet[T]) State(prefix string, visit Visitor[T]) {
	for i := range n.conv {
		n.conv[i].State(fmt.Sprintf("%sconv%d.", prefix, i+1), visit)
		n.bn[i].State(fmt.Sprintf("%sbn%d.", prefix, i+1), visit)
	}
}
