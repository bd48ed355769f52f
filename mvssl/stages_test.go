package mvssl_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/nn"
	"entrec/tensor"
)

// onPlaces builds a method on a convnet for images of 16×16, whose maps are 4×4 and 2×2,
// and a batch for it of two views of 4 images.
func onPlaces(t *testing.T, method, parameters string) (mvssl.Method[float64], mvssl.Batch[float64]) {
	t.Helper()
	const n, side = 4, 16
	row, err := mvssl.Find(method)
	require.NoError(t, err)
	encoder := nn.EncoderConfig{Name: "convnet", Width: 4, Channels: 1, Height: side, ImgWidth: side}
	s := mvssl.Setting{Samples: n, Batch: n, Steps: 9}
	c, err := row.Configure(encoder, mvssl.ProjectorConfig{Hidden: 8, Out: 6}, object(t, parameters), s)
	require.NoError(t, err)
	s.Views = mvssl.SimCLRViews(c, 1, side)
	m, err := mvssl.New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(3, 4))
	pixels := make([]float64, 2*n*side*side)
	for i := range pixels {
		pixels[i] = rng.NormFloat64()
	}
	images := &autograd.Var[float64]{Value: tensor.FromSlice(pixels, 2*n, 1, side, side)}
	return m, mvssl.NewBatch(mvssl.Progress{Step: 3, Steps: 9}, []int{0, 1, 2, 3}, images)
}

// TestStagesCollapsed: where the heads map images and all their places to one point, the
// loss is the collapsed one, whatever the scores are, but of the divergence and with a
// penalty on scores 0.
func TestStagesCollapsed(t *testing.T) {
	for _, test := range []struct {
		method, parameters string
		point              float64
	}{
		{"dim", `{"critic_objective":"nce"}`, 0.7}, {"dim", `{"critic_objective":"dv"}`, 0.7}, {"dim", `{"critic_objective":"jsd"}`, 0},
		{"amdim", `{"penalty":0}`, 0.7}, {"amdim", `{}`, 0},
	} {
		m, b := onPlaces(t, test.method, test.parameters)
		before := m.Loss(b).Loss.Value.Item()
		m.State("", func(name string, v *autograd.Var[float64]) {
			switch {
			case strings.HasSuffix(name, ".3.weight") && !strings.HasPrefix(name, "encoder."):
				v.Value.Fill(0)
			case strings.HasSuffix(name, ".3.bias"):
				v.Value.Fill(test.point)
			}
		})
		collapsed, known := m.(mvssl.Plateaued).CollapsedLoss()
		require.True(t, known)
		require.InDelta(t, collapsed, m.Loss(b).Loss.Value.Item(), 1e-12, "%+v", test)
		require.Greater(t, math.Abs(before-collapsed), 0.01, "%+v", test)
	}
}

// TestPlacesFollowTheStep: the places that amdim compares are a function of the run and the
// step: a run that goes on takes those that it would have taken.
func TestPlacesFollowTheStep(t *testing.T) {
	loss := func(step int) float64 {
		m, b := onPlaces(t, "amdim", "")
		b.Step = step
		return m.Loss(b).Loss.Value.Item()
	}
	require.Equal(t, loss(3), loss(3))
	require.NotEqual(t, loss(3), loss(4))
}

// TestStagesTerms: the terms of amdim are those of image to both maps and of place to places,
// and sum to its loss.
func TestStagesTerms(t *testing.T) {
	m, b := onPlaces(t, "amdim", "")
	r := m.Loss(b)
	total := 0.0
	for _, term := range r.Terms {
		total += term.Value
	}
	require.Len(t, r.Terms, 3)
	require.InDelta(t, r.Loss.Value.Item(), total, 1e-12)
}
