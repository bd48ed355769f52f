package sweep_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/sweep"
)

func TestEstimateOf(t *testing.T) {
	// Student's sleep data (1908), extra hours of ten patients: mean 1.58, 95 % interval
	// 0.7001 to 2.4599, as R's t.test has it.
	e := sweep.EstimateOf([]float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4})
	require.Equal(t, 10, e.N)
	require.InDelta(t, 1.58, e.Mean, 1e-12)
	require.InDelta(t, 0.7001142, e.Mean-*e.Half, 1e-6)
	require.InDelta(t, 2.4598858, e.Mean+*e.Half, 1e-6)
	one := sweep.EstimateOf([]float64{3})
	require.Equal(t, sweep.Estimate{N: 1, Mean: 3}, one)
	require.Zero(t, *sweep.EstimateOf([]float64{2, 2}).Half)
}

func TestSignFlip(t *testing.T) {
	// Darwin's maize (Fisher, The Design of Experiments, section 21): of the 32,768 sums
	// 1,726 are as far from 0 as the 314 that was found.
	darwin := []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}
	require.Equal(t, 1726./32768, sweep.SignFlip(darwin))
	for _, c := range []struct {
		differences []float64
		p           float64
	}{
		{[]float64{1}, 1},
		{[]float64{1, 2}, 0.5},
		{[]float64{0.1, 0.2, 0.3}, 0.25}, // as low as three can go
		{[]float64{1, 1, 1, 1, 1, 1}, 2. / 64},
		{[]float64{-0.1, -0.7, -0.2, -0.3, -0.1, -0.4}, 2. / 64},
		{[]float64{1, -1}, 1},
		{[]float64{0, 0, 0}, 1},
		{[]float64{0.1, 0.2, -0.3}, 1},
	} {
		require.Equal(t, c.p, sweep.SignFlip(c.differences), "%v", c.differences)
	}
	require.Panics(t, func() { sweep.SignFlip(nil) })
	require.Panics(t, func() { sweep.SignFlip(make([]float64, sweep.MaxSigns+1)) })
}

func TestHolm(t *testing.T) {
	// R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02.
	require.InDeltaSlice(t, []float64{0.03, 0.06, 0.06, 0.02}, sweep.Holm([]float64{0.01, 0.04, 0.03, 0.005}), 1e-15)
	require.Equal(t, []float64{1, 1}, sweep.Holm([]float64{0.7, 0.9}))
	require.Empty(t, sweep.Holm(nil))
	require.False(t, math.IsNaN(sweep.Holm([]float64{1})[0]))
}
