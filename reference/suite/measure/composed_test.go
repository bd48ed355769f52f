package main

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference"
	"entrec/reference/suite"
)

// TestComposedFormulas: in float64 they are right, so that what they are off in
// float32 is rounding.
func TestComposedFormulas(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	lacks := reference.BackendFunc(func(c *reference.Case) (*reference.Answer, error) {
		a, err := composed[float64]().Answer(c)
		if err == nil && c.Op == "dino" {
			center, err := double.Answer(c)
			require.NoError(t, err)
			a.Out["center"] = center.Out["center"]
		}
		return a, err
	})
	r, err := s.Check(context.Background(), reference.InProcess{Backend: lacks, Jobs: 1}, reference.CheckOptions{Profile: "f64"})
	require.NoError(t, err)
	for _, res := range r.Results {
		if res.Verdict.Failure() && res.Verdict != reference.Crash && !slices.Contains(undefined, res.Case) {
			t.Errorf("%s: %s", res.Case, res.Why)
		}
	}
	require.Greater(t, r.Passed, 200)
}
