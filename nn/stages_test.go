package nn_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// TestMaps: the sizes of the maps are those that the encoder's row says, of odd images and of
// the smallest too.
func TestMaps(t *testing.T) {
	for _, name := range nn.EncoderNames() {
		for _, side := range []int{8, 9, 15, 27, 31, 46} {
			for stem := 1; stem <= 2; stem++ {
				c := nn.EncoderConfig{Name: name, Width: 2, Channels: 1, Height: side, ImgWidth: side}
				if strings.HasPrefix(name, "resnet") {
					c.Set("stem", stem)
				}
				e, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), c)
				require.NoError(t, err)
				staged, err := nn.AsStaged(name, e)
				require.NoError(t, err)
				maps, _ := staged.Stages(nn.Context{}, &autograd.Var[float64]{Value: tensor.New[float64](1, 1, side, side)})
				rows, err := c.Maps(side)
				require.NoError(t, err)
				for i, m := range maps {
					require.Equal(t, []int{rows[i], rows[i]}, m.Shape()[2:], "%s of %d×%d, stem %d", name, side, side, stem)
				}
			}
		}
	}
	_, err := nn.EncoderConfig{Name: "resnet19"}.Maps(32)
	require.ErrorContains(t, err, `encoder "resnet19" is unknown`)
}

// TestStages: the features are Forward's to the bit, in training and in evaluation, the
// maps have the sizes that are promised, and the mean over a resnet's last one is the features.
func TestStages(t *testing.T) {
	sizes := map[string][2][2]int{
		"mlp": {{1, 1}, {1, 1}}, "convnet": {{8, 8}, {4, 4}}, "resnet18": {{8, 8}, {4, 4}}, "resnet34": {{8, 8}, {4, 4}},
		"resnet50": {{8, 8}, {4, 4}}, "vit": {{8, 8}, {8, 8}}, "patchnet": {{15, 15}, {7, 7}},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	x := tensor.New[float64](3, 3, 32, 32)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	images := &autograd.Var[float64]{Value: x}
	for _, name := range nn.EncoderNames() {
		c := nn.EncoderConfig{Name: name, Width: 4, Channels: 3, Height: 32, ImgWidth: 32}
		build := func() nn.Staged[float64] {
			e, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), c)
			require.NoError(t, err)
			s, err := nn.AsStaged(name, e)
			require.NoError(t, err)
			return s
		}
		one, other := build(), build()
		for _, ctx := range []nn.Context{{Training: true}, {}} {
			maps, features := one.Stages(ctx, images)
			require.Equal(t, tensor.Contiguous(other.Forward(ctx, images).Value).Data(), tensor.Contiguous(features.Value).Data(), name)
			for i, dim := range one.StageDims() {
				require.Equal(t, []int{3, dim, sizes[name][i][0], sizes[name][i][1]}, maps[i].Shape(), name)
			}
			if name == "resnet18" || name == "convnet" {
				require.Equal(t, features.Value.Data(), autograd.GlobalAvgPool2d(maps[1]).Value.Data(), name)
			}
		}
	}
}

// TestPlaces: rows are the places of an image in order, and gradients find their way back.
func TestPlaces(t *testing.T) {
	tape := autograd.NewTape[float64]()
	x := tape.Leaf(tensor.FromSlice([]float64{0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32}, 2, 2, 1, 3))
	rows := nn.Places(x)
	require.Equal(t, []int{6, 2}, rows.Shape())
	require.Equal(t, []float64{0, 10, 1, 11, 2, 12, 20, 30, 21, 31, 22, 32}, tensor.Contiguous(rows.Value).Data())
	tape.Backward(autograd.Sum(autograd.Mul(rows, rows)))
	require.Equal(t, []float64{0, 2, 4, 20, 22, 24, 40, 42, 44, 60, 62, 64}, tensor.Contiguous(x.Grad).Data())
}

// TestAsStaged: an encoder without stages is refused by its name.
func TestAsStaged(t *testing.T) {
	_, err := nn.AsStaged[float64]("mine", featuresAlone{})
	require.EqualError(t, err, "encoder mine returns features alone, expected one that returns maps too (nn.Staged)")
}

type featuresAlone struct{ nn.Flatten[float64] }

func (featuresAlone) Dim() int { return 1 }
