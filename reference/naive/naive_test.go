package naive

import (
	_ "embed"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/reference/golden"
)

var cases = slices.Concat(layerCases, contrastiveCases, estimatorCases, redundancyCases, entropyCases,
	distillationCases, optimizerCases, imageCases)

// torchBound is the largest difference from PyTorch in units of a tensor's largest
// value; torchNoise is what it leaves where terms of size 1 cancel, its sums being
// plain ones.
const torchBound, torchNoise = 1e-12, 1e-15

// canceling is how large the terms are that cancel in a gradient, where that is above
// 1.
var canceling = map[string]float64{
	"layer_norm/d 1":         316, // 1/√eps
	"info_nce/d 1":           10,  // 1/(τ·‖z‖)
	"nt_xent/d 1":            10,
	"attention/large scores": 90, // the keys
	"tico/d 1":               10,
	"logdet/nearly singular": 2.6e5, // the condition number
}

//go:embed testdata/witness.py
var witness string

// TestAgainstTorch holds every case's outputs and gradients against PyTorch and
// torchvision in float64, with gradients by autograd.
func TestAgainstTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PyTorch")
	}
	type tensor struct {
		Shape []int     `json:"shape"`
		Data  []float64 `json:"data"`
	}
	type question struct {
		Op    string            `json:"op"`
		Attrs golden.Attrs      `json:"attrs"`
		In    map[string]tensor `json:"in"`
		CT    map[string]tensor `json:"ct"`
	}
	tensors := func(m arrays) map[string]tensor {
		out := map[string]tensor{}
		for k, a := range m {
			out[k] = tensor{a.Shape, a.Data}
		}
		return out
	}
	var in []question
	var built []*golden.Case
	for _, c := range cases {
		q := c.build()
		built = append(built, q)
		in = append(in, question{q.Op, q.Attrs, tensors(q.In), tensors(q.CT)})
	}
	var answers []struct {
		Skip      bool
		Out, Grad map[string]tensor
	}
	foreign.Run(t, []string{"torch", "torchvision", "mpmath"}, witness, in, &answers)
	for i, q := range built {
		t.Run(q.Name, func(t *testing.T) {
			require.False(t, answers[i].Skip, "no witness")
			got, err := Answer(q)
			require.NoError(t, err)
			compare := func(kind string, got arrays, want map[string]tensor) {
				require.Len(t, got, len(want), kind)
				for name, w := range want {
					require.NotNil(t, got[name], "%s/%s", kind, name)
					require.Equal(t, w.Shape, got[name].Shape, "%s/%s", kind, name)
					e := difference(got[name], golden.FromSlice(w.Data, w.Shape...), max(1, canceling[q.Name])*torchNoise/torchBound)
					require.False(t, !(e <= torchBound), "%s/%s differs by %.3g\n%v\n%v", kind, name, e, got[name].Data, w.Data)
				}
			}
			compare("out", got.Out, answers[i].Out)
			compare("grad", got.Grad, answers[i].Grad)
		})
	}
}

// TestGradients holds the gradients of the smooth cases against differences of
// eighth order,
//
//	f'(x) ≈ (4/5·Δ₁ − 1/5·Δ₂ + 4/105·Δ₃ − 1/280·Δ₄)/h,  Δ_n = f(x+nh) − f(x−nh)
//
// whose step leaves an error of some h⁸ from the formula and ε/h from rounding.
func TestGradients(t *testing.T) {
	const h, bound = 0.001, 1e-8
	weights := []float64{4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280}
	for _, c := range cases {
		if !c.smooth {
			continue
		}
		q := c.build()
		t.Run(q.Name, func(t *testing.T) {
			answer, err := Answer(q)
			require.NoError(t, err)
			plain := *q
			plain.Attrs = c.attrs
			for _, name := range sortedKeys(answer.Grad) {
				analytic := answer.Grad[name]
				numeric := golden.NewArray(analytic.Shape...)
				data := q.In[name].Data
				for i, at := range data {
					step := h
					for n, w := range weights {
						for _, side := range []float64{1, -1} {
							data[i] = at + side*float64(n+1)*step
							numeric.Data[i] += side * w * pairing(t, &plain) / step
						}
					}
					data[i] = at
				}
				e := difference(analytic, numeric, 1e-3)
				require.False(t, !(e <= bound), "gradient of %s differs by %.3g\n%v\n%v", name, e, analytic.Data, numeric.Data)
			}
		})
	}
}

// pairing returns Σ ⟨ct, out⟩.
func pairing(t *testing.T, q *golden.Case) (sum float64) {
	answer, err := Answer(q)
	require.NoError(t, err)
	for _, name := range sortedKeys(answer.Out) {
		for i, v := range answer.Out[name].Data {
			sum += v * q.CT[name].Data[i]
		}
	}
	return sum
}
