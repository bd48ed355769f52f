package bench

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSteps(t *testing.T) {
	steps, err := ParseSteps("w16b256,w4b8f64")
	require.NoError(t, err)
	require.Equal(t, []Step{{Width: 16, Batch: 256}, {Width: 4, Batch: 8, Double: true}}, steps)
	require.Equal(t, "simclr resnet18 w4 b8 f64", steps[1].String())
	for _, list := range []string{"", "w16", "w16b256f16", "w0b256", "w16b0", "w16b256,"} {
		_, err := ParseSteps(list)
		require.ErrorContains(t, err, "expected a width and a batch", list)
	}
}

func TestStep(t *testing.T) {
	speed, err := Step{Width: 1, Batch: 2}.ImagesPerSecond(1)
	require.NoError(t, err)
	require.Positive(t, speed)
}

// TestObjectives: the values are those of a few lines of NumPy in double precision.
func TestObjectives(t *testing.T) {
	for name, want := range map[string]float64{"ntxent": 3.8936136555496046, "er": 0.753410645613942} {
		pass := Objective{Name: name, K: 16, D: 8}.Pass()
		// float32: some sums of 8 to 32 terms.
		require.InEpsilon(t, want, pass(), 1e-6, name)
		require.InEpsilon(t, want, pass(), 1e-6, "%s, a second pass", name)
	}
}

func TestQuickest(t *testing.T) {
	times := Quickest(0, func(n int) float64 { return 1e-3 * float64(n) }, func(n int) float64 { return 1e-5 * float64(n) })
	require.InDeltaSlice(t, []float64{1e-3, 1e-5}, times, 1e-12)
	require.Positive(t, QuickTime(func() { _ = make([]byte, 1<<16) }, 0))
}

func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, Median([]float64{3, 1, 2}))
	require.Equal(t, 2.5, Median([]float64{4, 3, 1, 2}))
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteJSON(&b, ThisMachine()))
	require.Contains(t, b.String(), `"simd": "`)
}
