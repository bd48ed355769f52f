package train_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
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
			q := &train.Request{}
			q.Set("model.method", s.method)
			q.Set("model.encoder.width", s.width)
			q.Set("batch", s.batch)
			c, err := train.ResolveFor(q, train.BenchSource())
			require.NoError(b, err)
			b.ReportAllocs()
			r, err := train.Bench(b.Context(), c, b.N)
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
		for _, precision := range []string{"f32", "f64"} {
			c, err := train.ResolveFor(runtest.Request(t, method, "precision", precision), train.BenchSource())
			require.NoError(t, err)
			r, err := train.Bench(t.Context(), c, 3)
			require.NoError(t, err, method)
			require.Positive(t, r.ImagesPerSecond)
			require.Positive(t, r.MSPerStep)
			require.NotZero(t, r.Loss)
			_, err = train.Bench(t.Context(), c, 0)
			require.ErrorContains(t, err, "steps 0")
		}
	}
}
