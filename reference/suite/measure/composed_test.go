package main

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/reference/suite"
)

// TestComposedFormulas: in float64 they are right, so that what they are off in
// float32 is rounding.
func TestComposedFormulas(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	for _, all := range []map[string]formula[float64]{formulas[float64](), otherOrders[float64]()} {
		backend := composed(all, 0)
		some := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
			a, err := backend.Answer(c)
			if state := map[string][]string{"dino": {"center"}, "mi_mine": {"log_running"}, "tico": {"c"}, "corinfomax": {"r1", "r2"}}[c.Op]; err == nil && state != nil {
				whole, err := double.Answer(c)
				require.NoError(t, err)
				for _, name := range state {
					a.Out[name] = whole.Out[name]
				}
				if len(a.Grad) == 0 { // of the state
					a.Grad = whole.Grad
				}
			}
			return a, err
		})
		r, err := check.Run(context.Background(), s, check.InProcess{Backend: some, Jobs: 1}, check.Options{Profile: golden.F64})
		require.NoError(t, err)
		for _, res := range r.Results {
			if res.Verdict.Failure() && res.Verdict != report.Crash && !slices.Contains(undefined, res.Case) {
				t.Errorf("%s: %s", res.Case, res.Why)
			}
		}
		require.Greater(t, r.Passed, 8*len(all))
	}
}
