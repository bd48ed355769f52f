package bench

import (
	"context"
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/internal/about"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/onnx"
)

// Embed is the work of `entrec embed`: images of 3×32×32 through a ResNet-18 that is not
// trained, each time with the same weights.
type Embed struct {
	Width  int `json:"width"` // of the first stage
	Images int `json:"images"`
}

// String names the work in reports.
func (e Embed) String() string { return fmt.Sprintf("embed resnet18 w%d f32", e.Width) }

// embedSize is the height and the width of the images.
const embedSize = 32

func (e Embed) encoder() (nn.Encoder[float32], error) {
	return nn.NewEncoder[float32](rand.New(rand.NewPCG(1, 2)), nn.EncoderConfig{
		Name: "resnet18", Width: e.Width, Channels: 3, Height: embedSize, ImgWidth: embedSize,
	})
}

// WriteGraph writes the network as ONNX: from images, normalized, to features.
func (e Embed) WriteGraph(path string) error {
	encoder, err := e.encoder()
	if err != nil {
		return err
	}
	network, err := nn.AsGraphed("resnet18", encoder)
	if err != nil {
		return err
	}
	var g onnx.Graph
	g.Output("features", network.Graph(&g, "", g.Input("images", 3, embedSize, embedSize)), encoder.Dim())
	return g.Write(path, e.String(), about.Build(), nil)
}

// Pass returns what takes all images through the network once, from bytes to features, and
// returns the features' mean. The n-th byte of all images is the upper 8 bits of
// n·2654435761 mod 2³². Each is divided by 255, less 1/2, times 4.
func (e Embed) Pass() (func() (float64, error), error) {
	encoder, err := e.encoder()
	if err != nil {
		return nil, err
	}
	pipeline, err := view.New[float32](view.Evaluation(embedSize, []float64{0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25}), 3)
	if err != nil {
		return nil, err
	}
	d := &data.Dataset{Channels: 3, Height: embedSize, Width: embedSize, Pixels: make([]byte, e.Images*3*embedSize*embedSize)}
	for i := range d.Pixels {
		d.Pixels[i] = byte(uint32(i) * 2654435761 >> 24)
	}
	forward := func(images *autograd.Var[float32]) *autograd.Var[float32] {
		return encoder.Forward(nn.Context{}, images)
	}
	return func() (float64, error) {
		sum := 0.0
		err := eval.Each(context.Background(), d, pipeline, view.Key{}, forward, func(y *tensor.Tensor[float32]) error {
			for _, v := range y.Data() {
				sum += float64(v)
			}
			return nil
		})
		return sum / float64(e.Images*encoder.Dim()), err
	}, nil
}
