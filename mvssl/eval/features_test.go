package eval

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

// madeUp returns a data set of n images of noise.
func madeUp(n, c, size int) *data.Dataset {
	rng := rand.New(rand.NewPCG(1, 1))
	d := &data.Dataset{Name: "made-up", Classes: []string{"a"}, Channels: c, Height: size, Width: size,
		Pixels: make([]byte, n*c*size*size), Labels: make([]int, n)}
	for i := range d.Pixels {
		d.Pixels[i] = byte(rng.Uint32())
	}
	return d
}

func TestFeaturesAreThoseOfEvaluation(t *testing.T) {
	d := madeUp(300, 3, 8)
	p, err := view.New[float64](view.Evaluation(8, []float64{0.5, 0.5, 0.5}, []float64{0.3, 0.3, 0.3}), 3)
	require.NoError(t, err)
	encoder, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), nn.EncoderConfig{Name: "resnet18", Width: 4, Channels: 3, Height: 8, ImgWidth: 8})
	require.NoError(t, err)
	// Statistics that are not those of a fresh network.
	first, err := Images(d, p, 0, 64, view.Key{})
	require.NoError(t, err)
	encoder.Forward(nn.Context{Training: true}, autograd.NewFrozenTape[float64]().Constant(first))
	var before []float64
	for _, s := range nn.State(encoder) {
		before = append(before, s.Value.Clone().Data()...)
	}
	all, err := Features(t.Context(), encoder, d, p)
	require.NoError(t, err)
	require.Equal(t, []int{300, encoder.Dim()}, all.Shape())
	// An image's features are its own: not of the images beside it, nor of their number.
	for _, part := range [][2]int{{0, 1}, {17, 40}, {250, 300}} {
		few := *d
		few.Labels, few.Pixels = d.Labels[part[0]:part[1]], d.Pixels[part[0]*3*8*8:part[1]*3*8*8]
		some, err := Features(t.Context(), encoder, &few, p)
		require.NoError(t, err)
		require.Equal(t, tensor.Contiguous(all.Slice(0, part[0], part[1])).Data(), some.Data())
	}
	var after []float64
	for _, s := range nn.State(encoder) {
		after = append(after, s.Value.Clone().Data()...)
	}
	require.Equal(t, before, after, "parameters and running statistics stay as they are")

	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	_, err = Features(ctx, encoder, d, p)
	require.ErrorIs(t, err, why)
}

func TestImagesTakeTheirKey(t *testing.T) {
	d := madeUp(10, 1, 8)
	p, err := view.New[float32](view.SimCLR(1, 8), 1)
	require.NoError(t, err)
	x, err := Images(d, p, 3, 4, view.Key{Seed: 5, View: 1})
	require.NoError(t, err)
	require.Equal(t, []int{4, 1, 8, 8}, x.Shape())
	for i := range 4 {
		want := make([]float32, 64)
		p.Apply(want, d.Image(3+i), 8, 8, view.Key{Seed: 5, Sample: 3 + i, View: 1})
		require.Equal(t, want, tensor.Contiguous(x.Slice(0, i, i+1)).Data())
	}
}
