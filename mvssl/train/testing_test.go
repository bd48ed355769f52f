package train_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// images returns n made-up images of 1×8×8 in four classes, which differ in the
// quarter that is bright.
func images(n int, seed uint64) *data.Dataset {
	rng := rand.New(rand.NewPCG(seed, 0))
	d := &data.Dataset{Name: "made-up", Channels: 1, Height: 8, Width: 8, Classes: []string{"a", "b", "c", "d"}}
	for i := range n {
		label := i % 4
		for y := range 8 {
			for x := range 8 {
				v := rng.IntN(120)
				if y/4 == label/2 && x/4 == label%2 {
					v += 120
				}
				d.Pixels = append(d.Pixels, byte(v))
			}
		}
		d.Labels = append(d.Labels, label)
	}
	return d
}

func split() *data.Split { return &data.Split{Train: images(60, 1), Test: images(24, 2)} }

// config returns a small and quick run of a method: three epochs of seven steps.
func config(t testing.TB, method string, s *data.Split) train.Config {
	t.Helper()
	c, err := defaults(method, s)
	require.NoError(t, err)
	require.NoError(t, c.Complete(s.Train))
	return c
}

// defaults is config before it is completed.
func defaults(method string, s *data.Split) (train.Config, error) {
	c, err := train.Defaults(method)
	c.Data = s.Train.Name
	c.Model.Encoder.Name, c.Model.Encoder.Width = "mlp", 8
	c.Model.Projector = mvssl.ProjectorConfig{Hidden: 12, Out: 6}
	c.Batch, c.Epochs = 8, 3
	c.KNN.K = 5
	return c, err
}

// run is a run's outcome: its summary, without what depends on the clock, and the
// files that do not.
type run struct {
	summary train.Summary
	metrics string
	tensors map[string]string // digests of the checkpoint's, by name
}

// result reads what a finished run left.
func result(t testing.TB, s train.Summary, out string) run {
	t.Helper()
	s.WallSeconds, s.ImagesPerSecond, s.PeakRSSBytes, s.Threads = 0, nil, 0, 0
	metrics, err := os.ReadFile(filepath.Join(out, "metrics.jsonl"))
	require.NoError(t, err)
	return run{s, string(metrics), tensors(t, filepath.Join(out, "checkpoint.safetensors"))}
}

// tensors returns the digests of a checkpoint's tensors by name, leaving out its
// metadata, which holds times.
func tensors(t testing.TB, path string) map[string]string {
	t.Helper()
	f, err := safetensors.Read(path)
	require.NoError(t, err)
	sums := map[string]string{}
	for _, x := range f.Tensors {
		sums[x.Name] = fmt.Sprintf("%s%v %x", x.DType, x.Shape, sha256.Sum256(x.Data))
	}
	return sums
}

// finished runs c from its beginning to its end in a new folder.
func finished(t testing.TB, c train.Config, s *data.Split) run {
	t.Helper()
	out := t.TempDir()
	summary, err := train.Run(context.Background(), c, s, train.Options{Out: out})
	require.NoError(t, err)
	return result(t, summary, out)
}

// resumed goes on with the run in a folder, to its end.
func resumed(t testing.TB, c train.Config, s *data.Split, out string) run {
	t.Helper()
	summary, err := train.Run(context.Background(), c, s, train.Options{Out: out, Resume: true})
	require.NoError(t, err)
	return result(t, summary, out)
}

// interrupted starts a run in a new folder and cancels it after the given step (0:
// before the first), and returns the folder.
func interrupted(t testing.TB, c train.Config, s *data.Split, step int) string {
	t.Helper()
	out := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	_, err := train.Run(ctx, c, s, train.Options{Out: out, Report: func(e train.Event) {
		if e.Step == step && (e.Metrics == nil) == (step > 0) {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	return out
}
