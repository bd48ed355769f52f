package large

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/check"
	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/suite"
)

// TestLarge: the smaller operations are made, and the float32 engine passes its own profile.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: large")
	}
	for _, p := range []golden.Profile{golden.F32, golden.TF32} {
		s, err := Suite(context.Background(), p, func(op string) bool { return op == "logsumexp" || op == "global_avg_pool2d" })
		require.NoError(t, err)
		require.Equal(t, 2, s.Count)
		r, err := check.Run(context.Background(), s, check.InProcess{Backend: engine.Backend[float32](), Jobs: 1}, check.Options{Profile: p})
		require.NoError(t, err)
		require.NoError(t, r.Err())
		require.Equal(t, 4, r.Tensors.Compared)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Suite(ctx, golden.F32, func(string) bool { return true })
	require.ErrorIs(t, err, context.Canceled)
}

// TestLargeAreAsked: every large question is within the bounds of what may be asked, and exact
// in float32.
func TestLargeAreAsked(t *testing.T) {
	for _, c := range suite.Large() {
		shapes := map[string][]int{}
		for name, x := range c.In {
			shapes[name] = x.Shape
			for _, v := range x.Data {
				if float64(float32(v)) != v {
					require.Equal(t, v, float64(float32(v)), c.Name)
				}
			}
		}
		require.NoError(t, golden.CheckBounds(c.Op, c.Attrs, shapes), c.Name)
		require.NotEmpty(t, c.CT, c.Name)
	}
}
