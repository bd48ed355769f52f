package train_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// methods returns the names of all methods, the toy among them.
func methods() []string {
	var names []string
	for _, r := range mvssl.Rows() {
		names = append(names, r.Name)
	}
	return names
}

// variants are configurations of methods that do what their defaults do not.
var variants = []struct {
	name, method string
	sets         []string
}{
	{"simclr, three views", "simclr", []string{"views.whole", "3"}},
	{"byol, three views", "byol", []string{"views.whole", "3"}},
	{"byol, gradients through the target", "byol", []string{"model.stop_gradient", "off"}},
	{"byol, online probe", "byol", []string{"probe", "online"}},
	{"moco, split batch norm", "moco", []string{"model.bn_splits", "2"}},
	{"deepcluster v2", "deepcluster", []string{"model.variant", "v2"}},
	{"swav, queue, local crops", "swav", []string{
		"model.encoder.name", "convnet", "model.encoder.width", "2",
		"model.queue", "16", "model.queue_start", "0.1", "model.local_crops", "2",
	}},
	{"dino-er, vit, local crops", "dino-er", []string{
		"model.encoder.name", "vit", "model.encoder.width", "8", "model.encoder.depth", "1", "model.encoder.patch", "4",
		"model.local_crops", "2", "model.centering", "on",
	}},
	{"dino, local crops, warm-up", "dino", []string{
		"model.encoder.name", "convnet", "model.encoder.width", "2",
		"model.local_crops", "2", "model.teacher_temperature_start", "0.1", "model.teacher_warmup", "0.5",
	}},
	{"tico, three views", "tico", []string{"views.whole", "3"}},
}

// configs returns small runs of all methods and variants, in turn in single and in
// double precision.
func configs(t testing.TB, s *data.Split) (names []string, all []train.Config) {
	add := func(name, method string, sets []string) {
		precision := train.Precision("").Choices()[len(names)%2]
		names = append(names, name)
		all = append(all, config(t, method, s, append([]string{"precision", precision}, sets...)...))
	}
	for _, method := range methods() {
		add(method, method, nil)
	}
	for _, v := range variants {
		add(v.name, v.method, v.sets)
	}
	return names, all
}

// TestBits holds, for each method, runs at several numbers of threads, and runs
// that were interrupted and resumed at another number, against one that was not.
func TestBits(t *testing.T) {
	s := split()
	names, all := configs(t, s)
	for k, c := range all {
		t.Run(names[k], func(t *testing.T) { holdBits(t, c, s) })
	}
	colors := runtest.ColorSplit()
	for _, precision := range train.Precision("").Choices() {
		c := config(t, "cmc", colors, "model.variant", "color", "precision", precision, "probe", "online")
		t.Run("cmc, color, "+precision, func(t *testing.T) { holdBits(t, c, colors) })
	}
}

func holdBits(t *testing.T, c train.Config, s *data.Split) {
	threads := tensor.Threads()
	defer tensor.SetThreads(threads)
	want := whole(t, c, s)
	for _, n := range []int{2, 3, 8} {
		tensor.SetThreads(n)
		require.Equal(t, want, finished(t, c, s), "at %d threads", n)
	}
	// Before the first step, within an epoch, at its end, after the next one's
	// first step, in the last epoch.
	perEpoch := s.Train.Len() / (c.Batch * c.Recipe.Accumulate)
	for i, step := range []int{0, 2, perEpoch, perEpoch + 1, 3*perEpoch - 1} {
		if testing.Short() && i%2 == 0 {
			continue
		}
		tensor.SetThreads(1 + i%3)
		out := interrupted(t, c, s, step)
		require.Equal(t, want, resumed(t, c, s, out), "interrupted after step %d", step)
	}
}

// TestThreads trains an encoder whose layers are large enough to be cut, in both
// precisions.
func TestThreads(t *testing.T) {
	threads := tensor.Threads()
	defer tensor.SetThreads(threads)
	s := split()
	for _, precision := range []string{"f32", "f64"} {
		c := config(t, "simclr-er", s, "model.encoder.name", "resnet18", "model.encoder.width", "8",
			"precision", precision, "batch", "30", "epochs", "1")
		tensor.SetThreads(1)
		want := finished(t, c, s)
		for _, n := range []int{2, 3, 8} {
			tensor.SetThreads(n)
			require.Equal(t, want, finished(t, c, s), "%s at %d threads", precision, n)
		}
	}
}

// TestKilled copies a run's folder while it goes on, which is what a kill would
// leave, and resumes the copies.
func TestKilled(t *testing.T) {
	s := split()
	for _, method := range []string{"simclr-er", "toy"} {
		c := config(t, method, s, "steps", "5") // ends within an epoch of the toy's
		now := often()
		if method == "simclr-er" {
			now = nil // no checkpoint before the end
		}
		out := t.TempDir()
		var left []string
		var last train.Event
		summary, err := train.Run(context.Background(), c, s, train.Options{Out: out, Now: now, Report: func(e train.Event) {
			same := e.Phase != "" && e.Phase == last.Phase && e.Step == last.Step
			if last = e; same {
				return
			}
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(out)))
			require.NoError(t, os.Remove(filepath.Join(dir, "lock.json"))) // whose holder lives
			left = append(left, dir)
		}})
		require.NoError(t, err)
		want := result(t, summary, out)
		require.Greater(t, len(left), 5)
		for i, dir := range left {
			require.Equal(t, want, resumed(t, c, s, dir), "%s killed at report %d", method, i)
		}
		require.Equal(t, want, resumed(t, c, s, out), "a run that had ended")
	}
}

// TestMetrics checks that each step's and each epoch's line stands once, in order,
// also after interruptions.
func TestMetrics(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	c.Epochs = 4
	out := interrupted(t, c, s, 12)
	got := resumed(t, c, s, out).metrics
	require.Equal(t, finished(t, c, s).metrics, got)
	var lines []string
	for _, text := range strings.Split(strings.TrimSpace(got), "\n") {
		var line struct {
			Kind string
			Step int
		}
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		lines = append(lines, line.Kind+" "+strings.Repeat("i", line.Step))
	}
	at := func(kind string, steps ...int) (all []string) {
		for _, n := range steps {
			all = append(all, kind+" "+strings.Repeat("i", n))
		}
		return all
	}
	want := slices.Concat(at("epoch", 0), at("step", 1), at("epoch", 7), at("step", 10), at("epoch", 14),
		at("step", 20), at("epoch", 21, 28))
	require.Equal(t, want, lines)
}

// TestNotFinite checks that a NaN stops the run with the method, the step and the
// term, and leaves the last checkpoint.
func TestNotFinite(t *testing.T) {
	s := split()
	c := config(t, "toy", s)
	broken = map[int]string{4: "pull"}
	defer func() { broken = nil }()
	out := t.TempDir()
	_, err := train.Run(context.Background(), c, s, train.Options{Out: out})
	require.ErrorIs(t, err, train.ErrNotFinite)
	for _, word := range []string{"toy", "step 5", "pull is NaN"} {
		require.ErrorContains(t, err, word)
	}
	require.NotContains(t, err.Error(), "\n")
	broken = nil
	require.Equal(t, whole(t, c, s), resumed(t, c, s, out))
}

// TestNotFiniteLoss lets the learning rate be too large.
func TestNotFiniteLoss(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	c.Recipe.LR, c.Recipe.Warmup, c.Epochs = 1e5, 0, 50
	_, err := train.Run(context.Background(), c, s, train.Options{Out: t.TempDir()})
	require.ErrorIs(t, err, train.ErrNotFinite)
	require.ErrorContains(t, err, "simclr, step ")
}

// TestGoroutines checks that the loader's goroutines end, whether the run was
// interrupted or not.
func TestGoroutines(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	finished(t, c, s) // starts the helpers of parallel, which stay
	before := runtime.NumGoroutine()
	out := interrupted(t, c, s, 3)
	resumed(t, c, s, out)
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		require.True(t, time.Now().Before(end), "%d goroutines, %d before", runtime.NumGoroutine(), before)
	}
}

// TestOut gives Run folders that it cannot write to.
func TestOut(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for _, out := range []string{file, filepath.Join(file, "below")} {
		_, err := train.Run(context.Background(), c, s, train.Options{Out: out})
		require.ErrorContains(t, err, file)
		require.NotContains(t, err.Error(), "\n")
	}
}

// TestCollapse checks that an epoch that shows a sign of collapse is reported, with
// what was seen and what to try, and that others are not.
func TestCollapse(t *testing.T) {
	s := split()
	warnings := func(c train.Config) []string {
		var all []string
		out := t.TempDir()
		_, err := train.Run(context.Background(), c, s, train.Options{Out: out, Report: func(e train.Event) {
			if e.Metrics != nil {
				all = append(all, e.Metrics.Warning)
			}
		}})
		require.NoError(t, err)
		metrics, err := os.ReadFile(filepath.Join(out, "metrics.jsonl"))
		require.NoError(t, err)
		for _, w := range all {
			require.Contains(t, string(metrics), w)
			require.NotContains(t, w, "\n")
		}
		return all
	}
	toy := config(t, "toy", s)
	require.Equal(t, []string{"", "", "", ""}, warnings(toy))
	constant = true
	got := warnings(toy)
	constant = false
	require.Empty(t, got[0], "before training")
	for _, w := range got[1:] {
		require.Contains(t, w, "collapse: effective rank 1.00: all projections lie along one direction; try a smaller --lr, a longer warm-up (--set recipe.warmup=0.2)")
	}
	sure = true
	got = warnings(toy)
	sure = false
	require.Contains(t, got[3], "entropy of W 0.000 nats")

	// Of er-discrete's two zeros, one class for all and uniform assignments, the entropy
	// shows one alone; the other is made by a high temperature.
	uniform := config(t, "er-discrete", s, "model.temperature", "1e3", "recipe.lr", "1e-9")
	require.Contains(t, warnings(uniform)[3], "entropy of W 1.946 and reconstruction -1.946 nats: the assignments of one view say nothing of the other's; "+
		"try a smaller --lr, a longer warm-up (--set recipe.warmup=0.2), a smaller --temperature, a larger --entropy-weight, fewer --prototypes")

	// A large constant in a loss, here d/2·log(2πe) of 64 numbers, makes nothing near to it.
	begun := config(t, "er", s, "model.space", "plane", "model.entropy", "sigreg", "model.projector.out", "64", "recipe.lr", "1e-4")
	require.Equal(t, []string{"", "", "", ""}, warnings(begun))

	// A learning rate at which nothing is learned leaves MoCo's loss at its plateau.
	still := config(t, "moco", s, "model.temperature", "1e3", "recipe.lr", "1e-9", "recipe.weight_decay", "0")
	got = warnings(still)
	require.Contains(t, got[3], "is that of representations that say nothing, 2.8332; try a smaller --lr, a longer warm-up (--set recipe.warmup=0.2), a larger --ema")
}
