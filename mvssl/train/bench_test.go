package train_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// BenchmarkStep measures training steps of simclr-er with a small ResNet-18 in
// steady state; its figures count, beside the clock's, memory: allocs/step and
// B/step.
func BenchmarkStep(b *testing.B) {
	c, err := train.Defaults("simclr-er")
	require.NoError(b, err)
	c.Model.Encoder.Channels, c.Model.Encoder.Height, c.Model.Encoder.ImgWidth = 3, 32, 32
	c.Batch = 16
	r, err := train.Bench(c, b.N)
	require.NoError(b, err)
	b.ReportMetric(r.MSPerStep, "ms/step")
	b.ReportMetric(r.AllocsPerStep, "allocs/step")
	b.ReportMetric(r.BytesPerStep, "B/step")
}

// TestBench checks Bench's figures, and what it refuses.
func TestBench(t *testing.T) {
	for _, method := range methods() {
		c, err := train.Defaults(method)
		require.NoError(t, err)
		e := &c.Model.Encoder
		e.Name, e.Width, e.Channels, e.Height, e.ImgWidth = "mlp", 8, 1, 4, 4
		c.Model.Projector.Hidden, c.Model.Projector.Out = 8, 4
		c.Batch = 8
		for _, c.Precision = range []string{"f32", "f64"} {
			r, err := train.Bench(c, 3)
			require.NoError(t, err, method)
			require.Positive(t, r.ImagesPerSecond)
			require.Positive(t, r.MSPerStep)
			require.NotZero(t, r.Loss)
		}
		_, err = train.Bench(c, 0)
		require.ErrorContains(t, err, "steps 0")
		c.Model.Encoder.Channels = 0
		_, err = train.Bench(c, 1)
		require.ErrorContains(t, err, "empty")
	}
}
