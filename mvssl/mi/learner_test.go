package mi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/nn"
)

// TestLearner: encoders are trained along with the critic, so that their codes keep what the
// pairs have in common, and say the same again.
func TestLearner(t *testing.T) {
	task, err := Find("pairs-2")
	require.NoError(t, err)
	s := settings(t, "infonce", Bilinear, 0)
	s.LR = 5e-3
	learn := func() (before, after float64) {
		draw, f, g := rng(), newMLP(rng(), 2, 16, 3), newMLP(rng(), 2, 16, 4)
		l, err := NewLearner(s, f, g, 3, 4)
		require.NoError(t, err)
		x, y := task.Sample(draw, 256)
		before = l.Estimate(x, y)
		require.Equal(t, before, l.Estimate(x, y))
		encoder := append([]float32(nil), nn.State[float32](f)[0].Value.Data()...)
		for range 200 {
			_, err := l.Step(task.Sample(draw, 32))
			require.NoError(t, err)
		}
		require.NotEqual(t, encoder, nn.State[float32](f)[0].Value.Data())
		return before, l.Estimate(x, y)
	}
	before, after := learn()
	require.Less(t, before, 0.1)
	require.Greater(t, after, 0.5*task.MI)
	require.Less(t, after, task.MI+0.2)
	again, later := learn()
	require.Equal(t, []float64{before, after}, []float64{again, later})
}

// TestLearnerRefuses: what cannot train encoders, and what cannot be trained on.
func TestLearnerRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"er-kde": "er-kde: found an estimator that is not of a critic's scores, expected one that is, such as infonce",
		"ksg":    "ksg: found an estimator that is not of a critic's scores, expected one that is, such as infonce",
	} {
		_, err := NewLearner(settings(t, name, "", 0), nil, nil, 2, 2)
		require.EqualError(t, err, want)
		require.ErrorAs(t, err, new(UsageError))
	}
	_, err := NewLearner(settings(t, "infonce", Normal, 0), nil, nil, 2, 2)
	require.ErrorContains(t, err, `critic: found "normal"`)
	_, err = NewLearner(settings(t, "infonce", Directions, 0), nil, nil, 2, 3)
	require.ErrorContains(t, err, "found 2 and 3 numbers")
	l, err := NewLearner(settings(t, "nwj", Bilinear, 0), newMLP(rng(), 1, 2), newMLP(rng(), 1, 2), 2, 2)
	require.NoError(t, err)
	huge := [][]float64{{1e30}, {-1e30}}
	_, err = l.Step(huge, huge)
	require.ErrorContains(t, err, "expected a finite number: a lower learning rate may help")
}
