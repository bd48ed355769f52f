package train_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// BenchmarkStep measures training steps of a ResNet-18 in steady state: its speed
// in source images, its time by the median, and the garbage of a step. What is made
// once, and the steps that warm up, do not count.
func BenchmarkStep(b *testing.B) {
	for _, s := range []struct {
		method       string
		width, batch int
	}{{"simclr", 8, 32}, {"simclr-er", 8, 32}, {"simclr", 16, 64}} {
		b.Run(fmt.Sprintf("%s/w%db%d", s.method, s.width, s.batch), func(b *testing.B) {
			c, err := train.Defaults(s.method)
			require.NoError(b, err)
			e := &c.Model.Encoder
			e.Name, e.Width, e.Channels, e.Height, e.ImgWidth = "resnet18", s.width, 3, 32, 32
			c.Batch = s.batch
			b.ReportAllocs()
			r, err := train.Bench(c, b.N)
			require.NoError(b, err)
			b.ReportMetric(r.ImagesPerSecond, "images/s")
			b.ReportMetric(1e6*r.MSPerStep, "ns/op")
			b.ReportMetric(r.AllocsPerStep, "allocs/op")
			b.ReportMetric(r.BytesPerStep, "B/op")
		})
	}
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
