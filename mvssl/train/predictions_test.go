package train_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/internal/strictjson"
	"entrec/mvssl/eval"
	"entrec/mvssl/train"
)

// TestPredictions: the classes that are kept are of the accuracies in the summary, the run
// is otherwise the same, and they go when they are not to be kept any more.
func TestPredictions(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "epochs", "1", "report.keep_predictions", "true")
	out := t.TempDir()
	summary, err := train.Run(t.Context(), c, s, train.Options{Out: out})
	require.NoError(t, err)
	p, err := train.ReadPredictions(out, &summary)
	require.NoError(t, err)
	require.EqualValues(t, s.Test.Labels, p.Labels)
	require.Equal(t, 24, p.Images)
	require.Equal(t, *summary.KNN, eval.Accuracy(p.KNN, s.Test.Labels))
	require.Equal(t, *summary.Linear, eval.Accuracy(p.Linear, s.Test.Labels))

	with := result(t, summary, out)
	with.summary.PredictionsSHA256 = ""
	without := config(t, "simclr", s, "epochs", "1")
	require.Equal(t, whole(t, without, s), with)

	// A run that has ended gets them, and loses them, when it goes on otherwise.
	require.Empty(t, resumed(t, without, s, out).summary.PredictionsSHA256)
	require.NoFileExists(t, filepath.Join(out, train.PredictionsFile))
	require.Equal(t, summary.PredictionsSHA256, resumed(t, c, s, out).summary.PredictionsSHA256)
	require.FileExists(t, filepath.Join(out, train.PredictionsFile))

	// Clear knows them, and those that were being written.
	require.NoError(t, os.WriteFile(filepath.Join(out, ".predictions.json.12"), nil, 0o644))
	require.NoError(t, train.Clear(out))
	require.Empty(t, tree(t, out))
}

// TestPredictionsInterrupted: an evaluation that is interrupted anywhere, and goes on from
// the classes in the checkpoint, keeps the same file.
func TestPredictionsInterrupted(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "epochs", "1", "report.keep_predictions", "true")
	whole, err := train.Run(t.Context(), c, s, train.Options{Out: t.TempDir()})
	require.NoError(t, err)
	for _, phase := range []string{"nearest neighbors", "linear probe", "diagnostics"} {
		out := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := train.Run(ctx, c, s, train.Options{Out: out, Now: often(), Report: func(e train.Event) {
			if e.Phase == phase && e.Step == e.Steps {
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, whole.PredictionsSHA256, resumed(t, c, s, out).summary.PredictionsSHA256, phase)
	}
}

func TestPredictionsAreRefused(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "epochs", "1", "report.keep_predictions", "true")
	out := t.TempDir()
	summary, err := train.Run(t.Context(), c, s, train.Options{Out: out})
	require.NoError(t, err)
	path := filepath.Join(out, train.PredictionsFile)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), `"images": 24`, `"images": 23`, 1)), 0o644))
	_, err = train.ReadPredictions(out, &summary)
	require.ErrorContains(t, err, path+": found digest ")
	require.NoError(t, os.Remove(path))
	_, err = train.ReadPredictions(out, &summary)
	require.EqualError(t, err, fmt.Sprintf("%s: found no such file, expected that of digest %.12s of summary.json", path, summary.PredictionsSHA256))

	r := runtest.Request(t, "simclr", "report.keep_predictions", "true", "report.evaluate", "off")
	_, _, err = train.Resolve(r, s)
	require.EqualError(t, err, "report.keep_predictions: found true without evaluations, expected report.evaluate on")
	_, _, err = train.Resolve(runtest.Request(t, "simclr", "report.keep_predictions", "some"), s)
	require.ErrorContains(t, err, "report.keep_predictions: found ")
}

func TestClasses(t *testing.T) {
	for word, classes := range map[string]train.Classes{
		"half:": {}, "half:AS8=": {0, 1, 2}, "half:ASM=": {0, 1, 2, 3}, "half:7g==": {14, 14}, "half:7w==": {14}, "varint:DwA=": {15, 0}, "varint:f4ABgAIJ": {127, 128, 256, 9},
	} {
		require.Equal(t, word, classes.String())
		var back train.Classes
		require.NoError(t, back.UnmarshalText([]byte(word)))
		require.Equal(t, classes, back)
	}
	for _, word := range []string{"", "AS8=", "half:A", "half:/w==", "half:8Q==", "varint:gA==", "varint:////////", "varint:gICAgICAgICAgAE=", "other:AS8="} {
		var c train.Classes
		require.Error(t, c.UnmarshalText([]byte(word)), word)
	}
	var p train.Predictions
	require.Error(t, strictjson.Unmarshal([]byte(`{"labels":[1,2]}`), &p))
}
