package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"entrec/autograd"
)

// Encoder maps images (n, channels, h, w) to features (n, Dim).
type Encoder[T Float] interface {
	Module[T]
	Dim() int
}

// EncoderConfig says which encoder [NewEncoder] builds.
type EncoderConfig struct {
	Name string `json:"name"` // one of [EncoderNames]
	// Width is the channels of the first stage (resnet18, convnet) or the features of
	// each layer (mlp); 0 means [StandardWidth].
	Width    int `json:"width"`
	Channels int `json:"channels"` // of the images
	Height   int `json:"height"`
	ImgWidth int `json:"image_width"`
}

// EncoderNames lists what EncoderConfig.Name may be.
func EncoderNames() []string { return []string{"mlp", "convnet", "resnet18"} }

// StandardWidth returns the width that an encoder has where none is asked for; 0
// for an unknown name.
func StandardWidth(name string) int {
	switch name {
	case "mlp":
		return 512
	case "convnet":
		return 32
	case "resnet18":
		return 64
	}
	return 0
}

// Validate reports what is wrong with the configuration, nil if nothing.
func (c EncoderConfig) Validate() error {
	switch {
	case !slices.Contains(EncoderNames(), c.Name):
		return fmt.Errorf("encoder %q is unknown: there are %s", c.Name, strings.Join(EncoderNames(), ", "))
	case c.Width < 0:
		return fmt.Errorf("encoder width %d is negative", c.Width)
	case c.Channels < 1 || c.Height < 1 || c.ImgWidth < 1:
		return fmt.Errorf("encoder: images of %d×%d×%d are empty", c.Channels, c.Height, c.ImgWidth)
	case c.Name == "convnet" && min(c.Height, c.ImgWidth) < 8:
		return fmt.Errorf("encoder convnet: images of %d×%d are smaller than 8×8", c.Height, c.ImgWidth)
	}
	return nil
}

// NewEncoder builds an encoder with weights drawn from rng. The configuration
// must be valid.
func NewEncoder[T Float](rng *rand.Rand, c EncoderConfig) (Encoder[T], error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	width := c.Width
	if width == 0 {
		width = StandardWidth(c.Name)
	}
	switch c.Name {
	case "mlp":
		return newMLP[T](rng, c.Channels*c.Height*c.ImgWidth, width), nil
	case "convnet":
		return newConvNet[T](rng, c.Channels, width), nil
	default:
		return NewResNet[T](rng, c.Channels, width, [4]int{2, 2, 2, 2}), nil
	}
}

// mlp is two hidden layers with batch norm on the flattened image.
type mlp[T Float] struct {
	fc1, fc2 *Linear[T]
	bn1, bn2 *BatchNorm[T]
}

func newMLP[T Float](rng *rand.Rand, in, width int) *mlp[T] {
	return &mlp[T]{
		fc1: NewLinear[T](rng, in, width, false), bn1: NewBatchNorm[T](width),
		fc2: NewLinear[T](rng, width, width, false), bn2: NewBatchNorm[T](width),
	}
}

func (m *mlp[T]) Dim() int { return m.fc2.Weight.Value.Dim(0) }

func (m *mlp[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	x = Flatten[T]{}.Forward(ctx, x)
	x = m.bn1.ForwardReLU(ctx, m.fc1.Forward(ctx, x), nil)
	return m.bn2.ForwardReLU(ctx, m.fc2.Forward(ctx, x), nil)
}

func (m *mlp[T]) State(prefix string, visit Visitor[T]) {
	m.fc1.State(prefix+"fc1.", visit)
	m.bn1.State(prefix+"bn1.", visit)
	m.fc2.State(prefix+"fc2.", visit)
	m.bn2.State(prefix+"bn2.", visit)
}

// convNet is three stages of 3×3 convolution, batch norm and ReLU, halving the
// image twice by stride and doubling the channels, then the mean over pixels.
type convNet[T Float] struct {
	conv [4]*Conv2d[T]
	bn   [4]*BatchNorm[T]
}

func newConvNet[T Float](rng *rand.Rand, channels, width int) *convNet[T] {
	n := &convNet[T]{}
	in := channels
	for i, out := range [4]int{width, 2 * width, 4 * width, 4 * width} {
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
	for i := range n.conv {
		x = n.bn[i].ForwardReLU(ctx, n.conv[i].Forward(ctx, x), nil)
	}
	return autograd.GlobalAvgPool2d(x)
}

func (n *convNet[T]) State(prefix string, visit Visitor[T]) {
	for i := range n.conv {
		n.conv[i].State(fmt.Sprintf("%sconv%d.", prefix, i+1), visit)
		n.bn[i].State(fmt.Sprintf("%sbn%d.", prefix, i+1), visit)
	}
}
