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
	// Width is the channels of the first stage (resnet18, 34, 50, convnet), the
	// features of each layer (mlp) or of a token (vit); 0 means [StandardWidth].
	Width    int `json:"width"`
	Channels int `json:"channels"` // of the images
	Height   int `json:"height"`
	ImgWidth int `json:"image_width"`
	// Depth is the number of blocks of a vit, Heads that of its attention heads, and
	// Patch the side of its patches in pixels; 0 means what Complete chooses.
	Depth int `json:"depth,omitempty"`
	Heads int `json:"heads,omitempty"`
	Patch int `json:"patch,omitempty"`
}

// EncoderNames lists what EncoderConfig.Name may be.
func EncoderNames() []string {
	return []string{"mlp", "convnet", "resnet18", "resnet34", "resnet50", "vit"}
}

// StandardWidth returns the width that an encoder has where none is asked for; 0
// for an unknown name. That of vit is half of ViT-Ti's, whose depth is 12.
func StandardWidth(name string) int {
	switch name {
	case "mlp":
		return 512
	case "convnet":
		return 32
	case "resnet18", "resnet34", "resnet50":
		return 64
	case "vit":
		return 96
	}
	return 0
}

// Complete fills in what is 0: the standard width and, for vit, a depth of 6, heads
// of 64 features (or 32, or one head, where the width is no multiple), and patches
// of 4 pixels (8 for images of more than 48 pixels, 16 for more than 112).
func (c *EncoderConfig) Complete() {
	if c.Width == 0 {
		c.Width = StandardWidth(c.Name)
	}
	if c.Name != "vit" {
		return
	}
	if c.Depth == 0 {
		c.Depth = 6
	}
	switch {
	case c.Heads != 0:
	case c.Width%64 == 0:
		c.Heads = c.Width / 64
	case c.Width%32 == 0:
		c.Heads = c.Width / 32
	default:
		c.Heads = 1
	}
	switch side := max(c.Height, c.ImgWidth); {
	case c.Patch != 0:
	case side <= 48:
		c.Patch = 4
	case side <= 112:
		c.Patch = 8
	default:
		c.Patch = 16
	}
}

// The largest width and depth of encoders, and the largest side and number of
// channels of images: more than any published network has.
const (
	maxWidth = 4096
	maxDepth = 256
	maxImage = 4096
)

// Validate reports what is wrong with the configuration once it is complete, nil if
// nothing.
func (c EncoderConfig) Validate() error {
	c.Complete()
	side := min(c.Height, c.ImgWidth)
	switch {
	case !slices.Contains(EncoderNames(), c.Name):
		return fmt.Errorf("encoder %q is unknown: there are %s", c.Name, strings.Join(EncoderNames(), ", "))
	case c.Width < 1 || c.Width > maxWidth:
		return fmt.Errorf("encoder width %d must be at least 1 and at most %d", c.Width, maxWidth)
	case c.Channels < 1 || side < 1:
		return fmt.Errorf("encoder: images of %d×%d×%d are empty", c.Channels, c.Height, c.ImgWidth)
	case max(c.Channels, c.Height, c.ImgWidth) > maxImage:
		return fmt.Errorf("encoder: images of %d×%d×%d are larger than %d", c.Channels, c.Height, c.ImgWidth, maxImage)
	case c.Name == "convnet" && side < 8:
		return fmt.Errorf("encoder convnet: images of %d×%d are smaller than 8×8", c.Height, c.ImgWidth)
	case c.Name != "vit" && (c.Depth != 0 || c.Heads != 0 || c.Patch != 0):
		return fmt.Errorf("encoder %s: depth, heads and patch mean nothing to it, only to vit", c.Name)
	case c.Depth < 0 || c.Heads < 0 || c.Patch < 0:
		return fmt.Errorf("encoder vit: depth %d, heads %d and patch %d must not be negative", c.Depth, c.Heads, c.Patch)
	case c.Depth > maxDepth:
		return fmt.Errorf("encoder vit: depth %d must be at most %d", c.Depth, maxDepth)
	case c.Name == "vit" && c.Width%c.Heads != 0:
		return fmt.Errorf("encoder vit: width %d is no multiple of %d heads", c.Width, c.Heads)
	case c.Name == "vit" && c.Patch > side:
		return fmt.Errorf("encoder vit: patches of %d pixels are larger than images of %d×%d", c.Patch, c.Height, c.ImgWidth)
	}
	return nil
}

// NewEncoder builds an encoder with weights drawn from rng. The configuration
// must be valid; what is 0 in it is filled in.
func NewEncoder[T Float](rng *rand.Rand, c EncoderConfig) (Encoder[T], error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.Complete()
	switch c.Name {
	case "mlp":
		return newFlatNet[T](rng, c.Channels*c.Height*c.ImgWidth, c.Width), nil
	case "convnet":
		return newConvNet[T](rng, c.Channels, c.Width), nil
	case "resnet18":
		return NewResNet[T](rng, c.Channels, c.Width, BasicBlock, [4]int{2, 2, 2, 2}), nil
	case "resnet34":
		return NewResNet[T](rng, c.Channels, c.Width, BasicBlock, [4]int{3, 4, 6, 3}), nil
	case "resnet50":
		return NewResNet[T](rng, c.Channels, c.Width, Bottleneck, [4]int{3, 4, 6, 3}), nil
	default:
		return NewViT[T](rng, c), nil
	}
}

// flatNet is two hidden layers with batch norm on the flattened image.
type flatNet[T Float] struct {
	fc1, fc2 *Linear[T]
	bn1, bn2 *BatchNorm[T]
}

func newFlatNet[T Float](rng *rand.Rand, in, width int) *flatNet[T] {
	return &flatNet[T]{
		fc1: NewLinear[T](rng, in, width, false), bn1: NewBatchNorm[T](width),
		fc2: NewLinear[T](rng, width, width, false), bn2: NewBatchNorm[T](width),
	}
}

func (m *flatNet[T]) Dim() int { return m.fc2.Weight.Value.Dim(0) }

func (m *flatNet[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	x = Flatten[T]{}.Forward(ctx, x)
	x = m.bn1.ForwardReLU(ctx, m.fc1.Forward(ctx, x), nil)
	return m.bn2.ForwardReLU(ctx, m.fc2.Forward(ctx, x), nil)
}

func (m *flatNet[T]) State(prefix string, visit Visitor[T]) {
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
	x = n.conv[0].Forward(ctx, x)
	for i := range 3 {
		x = n.bn[i].ForwardReLUConv(ctx, x, n.conv[i+1])
	}
	return autograd.GlobalAvgPool2d(n.bn[3].ForwardReLU(ctx, x, nil))
}

func (n *convNet[T]) State(prefix string, visit Visitor[T]) {
	for i := range n.conv {
		n.conv[i].State(fmt.Sprintf("%sconv%d.", prefix, i+1), visit)
		n.bn[i].State(fmt.Sprintf("%sbn%d.", prefix, i+1), visit)
	}
}
