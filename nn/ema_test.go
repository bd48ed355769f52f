package nn_test

import (
	"math/rand/v2"
	"testing"

	"entrec/nn"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestUpdateEMA shows that parameters move and buffers do not.
func TestUpdateEMA(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	online, target := nn.NewProjector[float64](rng, 3, 4, 2), nn.NewProjector[float64](rng, 3, 4, 2)
	for _, s := range nn.State(online) {
		if s.Name == "1.running_mean" {
			s.Value.Fill(5)
		}
	}
	before := map[string]*tensor.Tensor[float64]{}
	for _, s := range nn.State(target) {
		before[s.Name] = s.Value.Clone()
	}
	nn.UpdateEMA(target, online, 0.75)
	from := nn.State(online)
	for i, s := range nn.State(target) {
		want := make([]float64, s.Value.Len())
		for j, old := range before[s.Name].Data() {
			want[j] = old
			if s.NeedsGrad() {
				want[j] = 0.75*old + 0.25*from[i].Value.Data()[j]
			}
		}
		require.LessOrEqual(t, maxDifference(s.Value.Data(), want), 1e-15, s.Name)
	}
	other := nn.NewLinear[float64](rng, 3, 4, nn.WithBias)
	require.Error(t, tensor.Catch(func() { nn.UpdateEMA[float64](target, other, 0.5) }))
	require.Error(t, tensor.Catch(func() { nn.UpdateEMA[float64](other, target, 0.5) }))
}
