package train_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/simd"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// split returns 60 training and 24 test images, and config a small and quick run of
// a method: three epochs of seven steps.
var split, config = runtest.Split, runtest.Config

func TestMain(m *testing.M) {
	runtest.InMemory()
	m.Run()
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
	s.WallSeconds, s.ImagesPerSecond, s.PeakRSSBytes, s.Threads, s.Attempts = 0, nil, 0, 0, 0
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

// wholes holds what whole returned, by all that a run's outcome depends on.
var wholes = map[string]run{}

// whole is [finished] at one thread, made once for all tests that hold other runs against it.
func whole(t testing.TB, c train.Config, s *data.Split) run {
	t.Helper()
	text, err := json.Marshal(c)
	require.NoError(t, err)
	key := fmt.Sprint(string(text), simd.Current(), s.Train.Pixels, s.Train.Labels, s.Test.Pixels, s.Test.Labels)
	made, ok := wholes[key]
	if !ok {
		defer tensor.SetThreads(tensor.Threads())
		tensor.SetThreads(1)
		made = finished(t, c, s)
		wholes[key] = made
	}
	return made
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
		if e.Phase == "" && e.Step == step && (e.Metrics == nil) == (step > 0) {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	return out
}

// ticking returns a clock that goes on by a pause at each look.
func ticking(pause time.Duration) func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(pause)
		return now
	}
}

// often is a clock by which a checkpoint is always due.
func often() func() time.Time { return ticking(time.Hour) }
