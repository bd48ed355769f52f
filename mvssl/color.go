package mvssl

import (
	"fmt"
	"maps"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// plane is one of the planes of YCbCr, on a scale of 0 to 1 like red, green and blue.
type plane struct {
	weights [3]float64 // of red, green and blue, in parts of 65536
	black   float64    // its value where they are 0
	mean    float64    // the middle of its values
}

// ycbcr are JPEG's: BT.601, full range (JFIF 1.02), with the weights of 16 bits that libjpeg
// and image/color have. Those of luma sum to 1 exactly and those of chroma to 0: a shade of
// gray has no chroma, and the same light added to red, green and blue changes none.
var ycbcr = [3]plane{
	{[3]float64{19595, 38470, 7471}, 0, 0.5},
	{[3]float64{-11056, -21712, 32768}, 128.0 / 255, 128.0 / 255},
	{[3]float64{32768, -27440, -5328}, 128.0 / 255, 128.0 / 255},
}

// planeStd is what planes are divided by, half of their range, as in CMC's train_CMC.py.
const planeStd = 0.5

// colorParts divides an encoder of images in red, green and blue into one of luma and one of
// chroma, each with half of the width and so of the features, as CMC's models/alexnet.py
// does. An odd width gives luma one more.
func colorParts(e nn.EncoderConfig) ([]Part, error) {
	e.Complete()
	if e.Channels != len(ycbcr) {
		return nil, fmt.Errorf("found images of %d×%d×%d, expected 3 channels: red, green and blue", e.Channels, e.Height, e.ImgWidth)
	}
	if e.Width < 2 {
		return nil, fmt.Errorf("found encoder width %d, expected at least 2: half of it is for luma and half for chroma", e.Width)
	}
	part := func(name, input string, width int, planes ...plane) Part {
		p := Part{Name: name, Encoder: e, Input: input}
		p.Encoder.Channels, p.Encoder.Width = len(planes), width
		p.Encoder.Parameters = shareOfFeatures(e, width)
		p.Encoder.Complete()
		for _, of := range planes {
			p.Mean, p.Std = append(p.Mean, of.mean), append(p.Std, planeStd)
		}
		return p
	}
	return []Part{
		part("luma", "Y", (e.Width+1)/2, ycbcr[0]),
		part("chroma", "Cb, Cr", e.Width/2, ycbcr[1:]...),
	}, nil
}

// shareOfFeatures returns an encoder's parameters for a part of the given width: where it
// has features that do not follow from its width, that share of them.
func shareOfFeatures(e nn.EncoderConfig, width int) map[string]int {
	const name = "features"
	usual := e
	usual.Parameters = nil
	usual.Complete()
	shared := maps.Clone(e.Parameters)
	switch n, has := e.Parameters[name]; {
	case !has:
	case n == usual.Parameters[name]:
		delete(shared, name)
	default:
		shared[name] = max(n*width/e.Width, 1)
	}
	return shared
}

// planesOf makes normalized planes of images that are normalized as a view is: a convolution
// of 1×1 that nobody trains. What is linear is in one: x·std + mean of the view, the
// weights, and the mean and std of the planes.
type planesOf[T Float] struct{ weight, bias *autograd.Var[T] }

func newPlanes[T Float](v View, planes []plane) planesOf[T] {
	weight, bias := tensor.New[T](len(planes), 3, 1, 1), tensor.New[T](len(planes))
	for i, p := range planes {
		sum := p.black - p.mean
		for c, w := range p.weights {
			weight.Data()[3*i+c] = T(w / 65536 * v.Std[c] / planeStd)
			sum += w / 65536 * v.Mean[c]
		}
		bias.Data()[i] = T(sum / planeStd)
	}
	return planesOf[T]{&autograd.Var[T]{Value: weight}, &autograd.Var[T]{Value: bias}}
}

func (p planesOf[T]) forward(images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Conv2d(images, p.weight, p.bias, 1, 0)
}

// colorEncoder is an encoder of luma beside one of chroma. Its features are those of the
// first, then those of the second.
type colorEncoder[T Float] struct{ luma, chroma colorHalf[T] }

type colorHalf[T Float] struct {
	name    string
	planes  planesOf[T]
	encoder nn.Encoder[T]
}

// newColorEncoder builds both, for images that are normalized as the first view is. The
// error is that of [Config.Parts] or of [nn.NewEncoder].
func newColorEncoder[T Float](b Build) (*colorEncoder[T], error) {
	parts, err := b.Parts()
	if err != nil {
		return nil, err
	}
	half := func(i int, planes []plane) (h colorHalf[T], err error) {
		h = colorHalf[T]{name: parts[i].Name, planes: newPlanes[T](b.Views[0], planes)}
		h.encoder, err = nn.NewEncoder[T](b.Rand, parts[i].Encoder)
		return h, err
	}
	e := &colorEncoder[T]{}
	if e.luma, err = half(0, ycbcr[:1]); err == nil {
		e.chroma, err = half(1, ycbcr[1:])
	}
	return e, err
}

func (h colorHalf[T]) forward(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return h.encoder.Forward(ctx, h.planes.forward(images))
}

// Forward maps images in red, green and blue (n, 3, h, w) to features (n, Dim).
func (e *colorEncoder[T]) Forward(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Concat(1, e.luma.forward(ctx, images), e.chroma.forward(ctx, images))
}

// Dim returns the number of features of both.
func (e *colorEncoder[T]) Dim() int { return e.luma.encoder.Dim() + e.chroma.encoder.Dim() }

// State visits the encoders under "luma." and "chroma.".
func (e *colorEncoder[T]) State(prefix string, visit nn.Visitor[T]) {
	for _, h := range []colorHalf[T]{e.luma, e.chroma} {
		h.encoder.State(prefix+h.name+".", visit)
	}
}
