package nn_test

import (
	"math"
	"testing"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestClip holds both ways of clipping against their formulas, also for a zero
// gradient and for a parameter without one.
func TestClip(t *testing.T) {
	grads := [][]float64{{3, -4, 12}, {0.1, 0.2}, {0, 0}, nil}
	norms := []float64{13, math.Sqrt(0.05), 0}
	total := math.Sqrt(169.05)
	params := func() []nn.Named[float64] {
		var all []nn.Named[float64]
		for _, g := range grads {
			p := nn.Named[float64]{Name: "p", Var: autograd.Param(tensor.New[float64](len(g)))}
			if g != nil {
				p.Grad = tensor.FromSlice(append([]float64{}, g...), len(g))
			}
			all = append(all, p)
		}
		return all
	}
	scaled := func(g []float64, factor float64) []float64 {
		s := make([]float64, len(g))
		for i, v := range g {
			s[i] = v * factor
		}
		return s
	}
	// Norms and products: some units in the last place of at most 13.
	const bound = 1e-14
	for _, limit := range []float64{0.3, 5, 1000} {
		all, each := params(), params()
		require.LessOrEqual(t, math.Abs(nn.ClipGradNorm(all, limit)-total), bound)
		nn.ClipEachGrad(each, limit)
		for i, norm := range norms {
			require.LessOrEqual(t, maxDifference(all[i].Grad.Data(), scaled(grads[i], min(1, limit/(total+1e-6)))), bound)
			require.LessOrEqual(t, maxDifference(each[i].Grad.Data(), scaled(grads[i], min(1, limit/(norm+1e-6)))), bound)
		}
		require.Nil(t, all[3].Grad)
	}
}
