package train_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/strictjson"
	"entrec/mvssl/train"
)

// linesOf reads a file of lines.
func linesOf[T any](t *testing.T, path, kind string) (all []T) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		of, err := train.ParseMetrics([]byte(strings.TrimSuffix(line, "\n")))
		require.NoError(t, err)
		if of.Kind != kind {
			continue
		}
		var v T
		require.NoError(t, strictjson.Unmarshal([]byte(line), &v))
		all = append(all, v)
	}
	return all
}

// TestThroughput: beside each line about a step there is one about its time; a run that goes
// on has each step once, in order.
func TestThroughput(t *testing.T) {
	c := config(t, "byol", split(), "report.log_every", "2")
	out := interrupted(t, c, split(), 9)
	path := filepath.Join(out, train.ThroughputFile)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	// Of a process that was killed: a line about a later step, and half of another.
	require.NoError(t, os.WriteFile(path, append(text, `{"kind":"step","step":14,"epoch":2,"time":1,"images_per_second":1}`+"\n"+`{"kind":"st`...), 0o644))
	resumed(t, c, split(), out)
	steps := linesOf[train.StepMetrics](t, filepath.Join(out, train.MetricsFile), "step")
	times := linesOf[train.Throughput](t, path, "step")
	require.Len(t, times, len(steps))
	for i, line := range times {
		require.Equal(t, steps[i].Step, line.Step)
		require.Equal(t, steps[i].Epoch, line.Epoch)
		require.Positive(t, line.ImagesPerSecond)
		require.Greater(t, line.Time, 1.7e9)
	}
	require.NoError(t, train.Clear(out))
	require.NoFileExists(t, path)
}

// TestLoggedSchedules: what a method's steps go by is in the lines about them, also what is
// learned; the diagnostics tell of how many images they are.
func TestLoggedSchedules(t *testing.T) {
	schedules := func(method string, sets ...string) []map[string]float64 {
		out := t.TempDir()
		_, err := train.Run(t.Context(), config(t, method, split(), append(sets, "report.log_every", "1")...), split(), train.Options{Out: out})
		require.NoError(t, err)
		var all []map[string]float64
		for _, line := range linesOf[train.StepMetrics](t, filepath.Join(out, train.MetricsFile), "step") {
			all = append(all, line.Schedules)
		}
		for _, line := range linesOf[train.EpochMetrics](t, filepath.Join(out, train.MetricsFile), "epoch") {
			require.Equal(t, 24, line.HeldOut)
		}
		return all
	}
	byol := schedules("byol", "model.ema", "0.9")
	require.Len(t, byol, 21)
	require.InDelta(t, 0.9, byol[0]["ema"], 1e-12)
	require.Greater(t, byol[20]["ema"], 0.999)
	toy := schedules("toy")
	require.NotEqual(t, toy[0]["learned"], toy[len(toy)-1]["learned"])
	require.Nil(t, schedules("barlow-twins")[0])
}

// Lines of older versions have neither schedules nor a number of images.
func TestOldMetrics(t *testing.T) {
	for _, v := range []any{train.StepMetrics{Kind: "step"}, train.EpochMetrics{Kind: "epoch"}} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		require.NotContains(t, string(text), "schedules")
		require.NotContains(t, string(text), "held_out")
	}
}
