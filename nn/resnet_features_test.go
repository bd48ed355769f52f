package nn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// TestResNetFeatures: a resnet has as many features as it is asked for; the layers before
// them are those of one that is not asked, and have the same weights.
func TestResNetFeatures(t *testing.T) {
	usual := nn.EncoderConfig{Name: "resnet18", Width: 2, Channels: 3, Height: 8, ImgWidth: 8}
	more := usual
	more.Set("features", 40)
	same := usual
	same.Set("features", 16)
	state := func(c nn.EncoderConfig) (names []string, e nn.Encoder[float64]) {
		e, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), c)
		require.NoError(t, err)
		e.State("", func(name string, _ *autograd.Var[float64]) { names = append(names, name) })
		return names, e
	}
	a, plain := state(usual)
	b, wide := state(more)
	c, _ := state(same)
	require.Equal(t, a, c)
	require.Equal(t, a, b[:len(a)])
	require.Equal(t, []string{"features.conv.weight", "features.bn.weight", "features.bn.bias", "features.bn.running_mean", "features.bn.running_var", "features.bn.num_batches_tracked"}, b[len(a):])
	require.Equal(t, 16, plain.Dim())
	require.Equal(t, 40, wide.Dim())

	x := autograd.Param(tensor.New[float64](2, 3, 8, 8))
	maps, features := wide.(nn.Staged[float64]).Stages(nn.Context{}, x)
	require.Equal(t, []int{2, 16, 1, 1}, maps[1].Value.Shape())
	require.Equal(t, []int{2, 40}, features.Value.Shape())
}
