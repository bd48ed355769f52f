package nn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// TestPatchNetSeesPatches: a pixel changes the places of the last map whose patch holds it,
// and no other, whatever else is in the batch.
func TestPatchNetSeesPatches(t *testing.T) {
	c := nn.EncoderConfig{Name: "patchnet", Width: 4, Channels: 3, Height: 32, ImgWidth: 32}
	e, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), c)
	require.NoError(t, err)
	staged, err := nn.AsStaged("patchnet", e)
	require.NoError(t, err)
	places := func(change func(x *tensor.Tensor[float64])) *tensor.Tensor[float64] {
		rng := rand.New(rand.NewPCG(3, 4))
		x := tensor.New[float64](2, 3, 32, 32)
		for i := range x.Data() {
			x.Data()[i] = rng.NormFloat64()
		}
		change(x)
		maps, _ := staged.Stages(nn.Context{Training: true}, &autograd.Var[float64]{Value: x})
		return tensor.Contiguous(maps[1].Value)
	}
	const row, column = 13, 22
	before := places(func(*tensor.Tensor[float64]) {})
	after := places(func(x *tensor.Tensor[float64]) {
		for channel := range 3 {
			x.Set(x.At(0, channel, row, column)+5, 0, channel, row, column)
		}
	})
	for image := range 2 {
		for r := range 7 {
			for col := range 7 {
				differs := false
				for channel := range 32 {
					differs = differs || before.At(image, channel, r, col) != after.At(image, channel, r, col)
				}
				sees := image == 0 && row >= 4*r && row < 4*r+8 && column >= 4*col && column < 4*col+8
				require.Equal(t, sees, differs, "image %d, place %d, %d", image, r, col)
			}
		}
	}
}
