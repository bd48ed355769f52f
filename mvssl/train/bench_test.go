package train_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor/safetensors"
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

// TestBenchAsked: what is asked of the data and of the weights reaches the method.
func TestBenchAsked(t *testing.T) {
	resolved := func(sets ...string) train.Config {
		c, err := train.ResolveFor(runtest.Request(t, "er-discrete", sets...), train.BenchSource())
		require.NoError(t, err)
		return c
	}
	loss := func(c train.Config) float64 {
		r, err := train.Bench(t.Context(), c, 1)
		require.NoError(t, err)
		return r.Loss
	}
	require.Equal(t, 25, resolved("subset", "200").Model.Parameters.(mvssl.ERDiscrete).Prototypes, "an eighth of the images")
	require.Equal(t, 62, resolved("holdout", "0.99").Model.Parameters.(mvssl.ERDiscrete).Prototypes)

	drawn := resolved()
	e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(1, 2)), drawn.Model.Encoder)
	require.NoError(t, err)
	var weights []safetensors.Tensor
	e.State("", func(name string, v *autograd.Var[float32]) {
		weights = append(weights, safetensors.FromFloats(name, v.Shape(), v.Value.Data()))
	})
	file := filepath.Join(t.TempDir(), "e.safetensors")
	require.NoError(t, safetensors.Write(file, nil, weights))
	begun := resolved("init", file)
	require.NotEqual(t, loss(drawn), loss(begun))
	require.NoError(t, os.Remove(file))
	_, err = train.Bench(t.Context(), begun, 1)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = train.ResolveFor(runtest.Request(t, "simclr", "init", file), train.BenchSource())
	require.ErrorIs(t, err, os.ErrNotExist)
}
