package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/autograd"
)

var patchNetRow = EncoderRow{
	Name: "patchnet", Doc: "convolutions without norms that see each patch by itself, of width channels first", StandardWidth: 32,
	Parameters: []EncoderParameter{{Name: "patch", Doc: "side of patches in pixels", Max: maxImage, Usual: "by the images' size", Default: patchNetPatch}},
	Sizes:      func(c EncoderConfig) ImageSizes { return ImageSizes{Any: true, Smallest: c.Parameters["patch"]} },
	Maps:       patchNetMaps, SeesPatches: true,
	Check: checkPatchNet,
	New32: newPatchNet[float32], New64: newPatchNet[float64],
}

// patchNetPatch returns patches of 8 pixels, of 4 for images of less than 16.
func patchNetPatch(c EncoderConfig) int {
	if min(c.Height, c.ImgWidth) < 16 {
		return 4
	}
	return 8
}

// patchNetMaps returns how many half patches there are, a quarter of a patch apart, and how
// many patches, half of one apart.
func patchNetMaps(c EncoderConfig, side int) [2]int {
	halves := side/(c.Parameters["patch"]/4) - 1
	return [2]int{halves, (halves - 1) / 2}
}

func checkPatchNet(c EncoderConfig) error {
	switch patch := c.Parameters["patch"]; {
	case patch%4 != 0:
		return fmt.Errorf("encoder patchnet: patch %d must be a multiple of 4", patch)
	case patch > min(c.Height, c.ImgWidth):
		return fmt.Errorf("encoder patchnet: patches of %d pixels are larger than images of %d×%d", patch, c.Height, c.ImgWidth)
	}
	return nil
}

// PatchNet is four convolutions with ReLU and without norm or padding: one of half a patch
// at a stride of a quarter, one of 1×1, one of 3×3 at a stride of 2, one of 1×1. Their
// channels are width, width, 4·width and 8·width. Each place of the last map sees one patch
// of the image and nothing else; patches overlap by half. The features are the mean over
// the places.
type PatchNet[T Float] struct{ conv [4]*Conv2d[T] }

func newPatchNet[T Float](rng *rand.Rand, c EncoderConfig) Encoder[T] {
	half, w := c.Parameters["patch"]/2, c.Width
	n := &PatchNet[T]{}
	for i, l := range [4]struct{ in, out, kernel, stride int }{{c.Channels, w, half, half / 2}, {w, w, 1, 1}, {w, 4 * w, 3, 2}, {4 * w, 8 * w, 1, 1}} {
		weight := normal[T](rng, math.Sqrt(2/float64(l.in*l.kernel*l.kernel)), l.out, l.in, l.kernel, l.kernel)
		n.conv[i] = &Conv2d[T]{Weight: autograd.Param(weight), Bias: autograd.Param(constant[T](0, l.out)), Stride: l.stride}
	}
	return n
}

// Dim returns the number of features, 8·width.
func (n *PatchNet[T]) Dim() int { return n.conv[3].Weight.Value.Dim(0) }

// Forward maps images (n, channels, h, w) to features (n, Dim).
func (n *PatchNet[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	_, features := n.Stages(ctx, x)
	return features
}

// Stages is Forward with the maps of half patches and of patches: 15×15 and 7×7 of images
// of 32×32.
func (n *PatchNet[T]) Stages(ctx Context, x *autograd.Var[T]) (maps [2]*autograd.Var[T], features *autograd.Var[T]) {
	for i, c := range n.conv {
		x = autograd.ReLU(c.Forward(ctx, x))
		if i%2 == 1 {
			maps[i/2] = x
		}
	}
	return maps, autograd.GlobalAvgPool2d(x)
}

// StageDims returns the channels of both maps.
func (n *PatchNet[T]) StageDims() [2]int { return [2]int{n.conv[1].Weight.Value.Dim(0), n.Dim()} }

// State visits conv1 … conv4.
func (n *PatchNet[T]) State(prefix string, visit Visitor[T]) {
	for i, c := range n.conv {
		c.State(fmt.Sprintf("%sconv%d.", prefix, i+1), visit)
	}
}
