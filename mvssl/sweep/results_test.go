package sweep_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/runs"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

// tiny is a sweep of eight runs.
const tiny = `{"format":"entrec-sweep/1","name":"tiny","data":"made-up",
 "base":{"encoder":"mlp","width":8,"epochs":1,"knn.k":5,"model.projector.hidden":12,"model.projector.out":6},
 "seeds":[0,1],
 "rows":[{"methods":["simclr","simclr-er"],"grid":{"batch":[8,16]}}],
 "table":{"columns":["knn","linear","entropy_w"],"primary":"knn","compare":[["simclr-er","simclr"]],
          "contrasts":[{"name":"batch","plus":["simclr batch=16","simclr-er batch=8"],"minus":["simclr batch=8","simclr-er batch=16"]}]}}`

// finish makes a run of a plan in dir.
func finish(t *testing.T, p *sweep.Plan, dir string, i int) {
	split, err := p.Split(p.Runs[i])
	require.NoError(t, err)
	_, err = train.Run(t.Context(), p.Runs[i].Config, split, train.Options{Out: filepath.Join(dir, p.Runs[i].Folder)})
	require.NoError(t, err)
}

func TestResults(t *testing.T) {
	p, dir := plan(t, tiny), t.TempDir()
	empty, err := p.Read(filepath.Join(dir, "none"))
	require.NoError(t, err)
	require.Zero(t, empty.Rows[0].Ended)
	require.Nil(t, empty.Compared[0].Difference)

	for i := range 7 {
		finish(t, p, dir, i)
	}
	lost := filepath.Join(dir, p.Runs[7].Folder)
	require.NoError(t, os.Mkdir(lost, 0o755))
	writeConfig(t, lost, p.Runs[7].Config)
	require.NoError(t, sweep.Failure{Error: "loss not finite at step 3", Code: sweep.NotFinite}.Write(lost))
	res, err := p.Read(dir)
	require.NoError(t, err)

	// By hand.
	knn := func(i int) float64 {
		h, err := runs.ReadHistory(filepath.Join(dir, p.Runs[i].Folder))
		require.NoError(t, err)
		return *h.Summary.KNN
	}
	require.Equal(t, 2, res.Rows[0].Ended)
	require.InDelta(t, (knn(0)+knn(4))/2, res.Rows[0].Cells[0].Mean, 1e-15)
	require.Equal(t, 1, res.Rows[3].Ended)
	require.Equal(t, []string{"seed 1: loss not finite at step 3"}, res.Rows[3].Failed)
	require.Nil(t, res.Rows[0].Cells[2], "these methods have no W")
	require.Equal(t, "simclr-er − simclr batch=8", res.Compared[0].Name)
	require.InDelta(t, (knn(2)-knn(0)+knn(6)-knn(4))/2, res.Compared[0].Difference.Mean, 1e-15)
	require.Equal(t, 1, res.Compared[1].Difference.N)
	require.InDelta(t, knn(1)+knn(2)-knn(0)-knn(3), res.Contrast[0].Difference.Mean, 1e-15)
	require.Equal(t, *res.Contrast[0].P, *res.Contrast[0].Holm)

	var md, csvText bytes.Buffer
	require.NoError(t, res.Markdown(&md))
	require.Contains(t, md.String(), "| method | setting | kNN | linear probe | entropy of W | n |\n")
	require.Contains(t, md.String(), "| 1 of 2, 1 failed |\n")
	require.Contains(t, md.String(), "Failed: simclr-er batch=16, seed 1: loss not finite at step 3.\n")
	require.NoError(t, res.CSV(&csvText))
	lines, err := csv.NewReader(&csvText).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+4*3+2+1)
	require.Equal(t, []string{"runs", "failed"}, lines[0][11:])
	require.Equal(t, []string{"2", "0"}, lines[1][11:])
	require.Equal(t, []string{"simclr-er", "batch=16", "entropy_w", "0"}, lines[12][1:5])
	require.Equal(t, []string{"2", "1"}, lines[12][11:])
	require.Equal(t, []string{"", ""}, lines[13][11:])
}

// TestResultsDoNotMix: runs of other bits are refused, those of another place are not.
func TestResultsDoNotMix(t *testing.T) {
	p, dir := plan(t, tiny), t.TempDir()
	finish(t, p, dir, 0)
	finish(t, p, dir, 1)
	require.NoError(t, os.Rename(filepath.Join(dir, p.Runs[1].Folder), filepath.Join(dir, "another name")))
	res, err := p.Read(dir)
	require.NoError(t, err)
	require.Equal(t, 1, res.Rows[1].Ended)
	file := filepath.Join(dir, "another name", train.SummaryFile)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for old, found := range map[string]string{`"` + res.SIMD + `"`: `"sse"`, `"numerics": `: `"numerics": 9`} {
		require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, found)), 0o644))
		_, err = p.Read(dir)
		require.ErrorContains(t, err, "another name: found SIMD level ")
		require.ErrorContains(t, err, "do not belong in one table")
	}
	require.NoError(t, os.WriteFile(file, text, 0o644))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(filepath.Join(dir, "another name"))))
	_, err = p.Read(dir)
	require.ErrorContains(t, err, "copy: found the run of ")
}

// TestFolders: a run that was begun under another name goes on there, and a name that is
// another run's is not taken.
func TestFolders(t *testing.T) {
	p, dir := plan(t, tiny), t.TempDir()
	old := filepath.Join(dir, p.Runs[0].Folder)
	require.NoError(t, os.Mkdir(old, 0o755))
	writeConfig(t, old, p.Runs[3].Config)
	found, err := sweep.FindFolders(dir)
	require.NoError(t, err)
	require.Equal(t, old, found.Of(dir, p.Runs[3]))
	require.Equal(t, old+"-"+p.Runs[0].SHA256[:12], found.Of(dir, p.Runs[0]))
	require.Equal(t, filepath.Join(dir, p.Runs[1].Folder), found.Of(dir, p.Runs[1]))
}

// TestFailedAtOnce: the failure of a run that has no folder yet is kept, and told of.
func TestFailedAtOnce(t *testing.T) {
	p, dir := plan(t, tiny), filepath.Join(t.TempDir(), "runs", "tiny")
	folder := filepath.Join(dir, p.Runs[2].Folder)
	kept := sweep.Failure{Error: "e.safetensors: no such file", Code: 1, Host: "here"}
	require.NoError(t, kept.Write(folder))
	found, err := sweep.ReadFailure(folder)
	require.NoError(t, err)
	require.Equal(t, kept, found)
	states, err := p.States(dir)
	require.NoError(t, err)
	for i, s := range states {
		if i != 2 {
			require.Equal(t, sweep.Missing, s.Where)
			continue
		}
		require.Equal(t, sweep.State{Run: 2, Row: s.Row, Seed: s.Seed, Where: sweep.Failed, Folder: folder, Host: "here", Error: kept.Error}, s)
	}
	finish(t, p, dir, 2) // another attempt is not in its way
}

// TestFoldersOfOlderVersions: a run whose configuration has fewer fields than today's is
// found by its digest of then and by that of now.
func TestFoldersOfOlderVersions(t *testing.T) {
	p, dir := plan(t, strings.Replace(tiny, `"mlp"`, `"resnet18"`, 1)), t.TempDir()
	folder := filepath.Join(dir, "old")
	require.NoError(t, os.Mkdir(folder, 0o755))
	text, err := json.MarshalIndent(p.Runs[2].Config, "", "  ")
	require.NoError(t, err)
	older := regexp.MustCompile(`,\s*"features": 64`).ReplaceAll(text, nil)
	require.NotEqual(t, text, older)
	require.NoError(t, os.WriteFile(filepath.Join(folder, train.ConfigFile), older, 0o644))
	found, err := sweep.FindFolders(dir)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, folder, found[p.Runs[2].SHA256])
}

func writeConfig(t *testing.T, dir string, c train.Config) {
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, train.ConfigFile), text, 0o644))
}

// TestResultsBootstrap: where all runs keep predictions, comparisons have a second
// interval, over the images that each run has right.
func TestResultsBootstrap(t *testing.T) {
	kept := strings.Replace(tiny, `"epochs":1`, `"epochs":1,"keep-predictions":true`, 1)
	for _, primary := range []string{"knn", "linear"} {
		p, dir := plan(t, strings.Replace(kept, `"primary":"knn"`, `"primary":"`+primary+`"`, 1)), t.TempDir()
		for i := range p.Runs {
			finish(t, p, dir, i)
		}
		res, err := p.Read(dir)
		require.NoError(t, err)
		right := func(i int) []int32 {
			h, err := runs.ReadHistory(filepath.Join(dir, p.Runs[i].Folder))
			require.NoError(t, err)
			of, err := train.ReadPredictions(h.Dir, h.Summary)
			require.NoError(t, err)
			classes := map[string]train.Classes{"knn": of.KNN, "linear": of.Linear}[primary]
			values := make([]int32, of.Images)
			for n, class := range classes {
				if class == of.Labels[n] {
					values[n] = 1
				}
			}
			return values
		}
		sum := func(weights ...int32) (values [][]int32) {
			for s := range 2 {
				total := make([]int32, 30)
				for row, w := range weights {
					for i, v := range right(4*s + row) {
						total[i] += w * v
					}
				}
				values = append(values, total)
			}
			return values
		}
		require.Equal(t, sweep.Bootstrap(sum(-1, 0, 1, 0)), *res.Compared[0].Bootstrap)
		require.Equal(t, sweep.Bootstrap(sum(-1, 1, 1, -1)), *res.Contrast[0].Bootstrap)

		var md, csvText bytes.Buffer
		require.NoError(t, res.Markdown(&md))
		require.Contains(t, md.String(), "by seed | mean | bootstrap | p | p, adjusted | n |\n")
		require.Contains(t, md.String(), "Bootstrap: the middle 95 % of 10000 resamples of seeds and of evaluation images")
		require.NoError(t, res.CSV(&csvText))
		require.Contains(t, csvText.String(), "p_holm,bootstrap_low,bootstrap_high,runs,failed\n")
		text, err := json.Marshal(res)
		require.NoError(t, err)
		require.Contains(t, string(text), `"bootstrap":{"low":`)

		// One run without: no interval where it is needed, and the others as they were.
		lost := filepath.Join(dir, p.Runs[0].Folder)
		summary, err := os.ReadFile(filepath.Join(lost, train.SummaryFile))
		require.NoError(t, err)
		var s train.Summary
		require.NoError(t, json.Unmarshal(summary, &s))
		digest := s.PredictionsSHA256
		require.NoError(t, os.WriteFile(filepath.Join(lost, train.SummaryFile), bytes.Replace(summary, []byte(digest), nil, 1), 0o644))
		less, err := p.Read(dir)
		require.NoError(t, err)
		require.Nil(t, less.Compared[0].Bootstrap)
		require.Nil(t, less.Contrast[0].Bootstrap)
		require.Equal(t, *res.Compared[1].Bootstrap, *less.Compared[1].Bootstrap)

		// A run whose predictions are another summary's has failed.
		require.NoError(t, os.WriteFile(filepath.Join(lost, train.SummaryFile), bytes.Replace(summary, []byte(digest), []byte(strings.Repeat("0", 64)), 1), 0o644))
		less, err = p.Read(dir)
		require.NoError(t, err)
		require.Len(t, less.Rows[0].Failed, 1)
		require.Contains(t, less.Rows[0].Failed[0], "seed 0: "+filepath.Join(lost, train.PredictionsFile)+": found digest ")
		require.Equal(t, *res.Compared[1].Bootstrap, *less.Compared[1].Bootstrap)
	}
}

// TestDamagedRuns: a run whose files are damaged is one that failed, with its line, and all
// others are read.
func TestDamagedRuns(t *testing.T) {
	p, dir := plan(t, tiny), t.TempDir()
	folder := func(i int) string { return filepath.Join(dir, p.Runs[i].Folder) }
	for i := range 3 {
		finish(t, p, dir, i)
	}
	cut := func(file string) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, text[:len(text)/2], 0o644))
	}
	cut(filepath.Join(folder(1), train.SummaryFile))
	cut(filepath.Join(folder(2), train.ConfigFile))
	require.NoError(t, os.Mkdir(folder(3), 0o755))
	writeConfig(t, folder(3), p.Runs[3].Config)
	lock, before := filepath.Join(folder(3), "lock.json"), time.Now().Add(-time.Hour)
	require.NoError(t, os.WriteFile(lock, []byte("no lock"), 0o644))
	require.NoError(t, os.Chtimes(lock, before, before))

	states, err := p.States(dir)
	require.NoError(t, err)
	want := []string{"", train.SummaryFile, train.ConfigFile, "lock.json", "", "", "", ""}
	for i, where := range []sweep.Where{sweep.Done, sweep.Failed, sweep.Failed, sweep.Failed, sweep.Missing, sweep.Missing, sweep.Missing, sweep.Missing} {
		require.Equal(t, where, states[i].Where, "run %d", i)
		if want[i] != "" {
			require.Contains(t, states[i].Error, filepath.Join(folder(i), want[i])+": ")
		}
	}

	res, err := p.Read(dir)
	require.NoError(t, err)
	require.Equal(t, 1, res.Rows[0].Ended)
	require.Empty(t, res.Rows[0].Failed)
	for i := 1; i < 3; i++ {
		require.Zero(t, res.Rows[i].Ended)
		require.Equal(t, []string{"seed 0: " + states[i].Error}, res.Rows[i].Failed)
	}

	ended, err := p.Ended(dir)
	require.NoError(t, err)
	require.Len(t, ended, 1)
	require.Zero(t, ended[0].Index)

	n, skipped, err := p.Collect(dir, filepath.Join(t.TempDir(), "to"))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, []string{"run 1, simclr batch=16, seed 0: " + states[1].Error, "run 2, simclr-er batch=8, seed 0: " + states[2].Error}, skipped)
}

// TestDamagedFiles: of a run that has ended each file that tables need is one that they go by,
// and one that is damaged is told of everywhere. A run without evaluations has no lines about
// epochs, and is sound.
func TestDamagedFiles(t *testing.T) {
	kept := strings.Replace(tiny, `"epochs":1`, `"epochs":2,"keep-predictions":true`, 1)
	kept = strings.Replace(kept, `"seeds":[0,1]`, `"seeds":[0]`, 1)
	p, dir := plan(t, kept), t.TempDir()
	finish(t, p, dir, 0)
	folder := filepath.Join(dir, p.Runs[0].Folder)
	metrics, predictions := filepath.Join(folder, train.MetricsFile), filepath.Join(folder, train.PredictionsFile)
	sound := map[string][]byte{}
	for _, path := range []string{metrics, predictions} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		sound[path] = text
	}
	lines := bytes.SplitAfter(sound[metrics], []byte("\n"))
	require.Empty(t, lines[len(lines)-1])
	lines = lines[:len(lines)-1]
	last := len(lines) - 1
	without := func(n int, with string) []byte {
		return bytes.Join([][]byte{bytes.Join(lines[:n], nil), []byte(with), bytes.Join(lines[n+1:], nil)}, nil)
	}
	other := bytes.Clone(sound[predictions])
	other[len(other)/2] ^= 1
	for _, test := range []struct {
		name, file string
		text       []byte // nil: the file is gone
		want       string // empty: the run is sound
	}{
		{"sound", metrics, sound[metrics], ""},
		{"no predictions", predictions, nil, "found no such file, expected that of digest "},
		{"half of the predictions", predictions, other[:len(other)/2], "found digest "},
		{"a bit of the predictions", predictions, other, "found digest "},
		{"no metrics", metrics, nil, "found no such file, expected the lines of the run that summary.json is of"},
		{"empty metrics", metrics, []byte{}, "found the last line about an epoch at step 0, expected it at step "},
		{"a line about a step", metrics, without(1, "{\n"), "line 2 is damaged"},
		{"a line about the last epoch", metrics, without(last, "{\n"), fmt.Sprintf("line %d is damaged", last+1)},
		{"the last epoch missing", metrics, without(last, ""), "found the last line about an epoch at step "},
		{"the last epoch without its end", metrics, sound[metrics][:len(sound[metrics])-2], "found the last line about an epoch at step "},
		{"a step missing", metrics, without(1, ""), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for path, text := range sound {
				require.NoError(t, os.WriteFile(path, text, 0o644))
			}
			if test.text == nil {
				require.NoError(t, os.Remove(test.file))
			} else {
				require.NoError(t, os.WriteFile(test.file, test.text, 0o644))
			}
			states, err := p.States(dir)
			require.NoError(t, err)
			res, err := p.Read(dir)
			require.NoError(t, err)
			to := filepath.Join(t.TempDir(), "to")
			n, skipped, err := p.Collect(dir, to)
			require.NoError(t, err)
			if test.want == "" {
				require.Equal(t, sweep.Done, states[0].Where)
				require.Equal(t, 1, res.Rows[0].Ended)
				require.Equal(t, 1, n)
				require.Empty(t, skipped)
				return
			}
			require.Equal(t, sweep.Failed, states[0].Where)
			require.Contains(t, states[0].Error, test.file+": "+test.want)
			require.Zero(t, res.Rows[0].Ended)
			require.Equal(t, []string{"seed 0: " + states[0].Error}, res.Rows[0].Failed)
			require.Nil(t, res.Rows[0].Cells[0])
			require.Zero(t, n)
			require.Equal(t, []string{"run 0, simclr batch=8, seed 0: " + states[0].Error}, skipped)
			require.NoDirExists(t, filepath.Join(to, p.Runs[0].Folder))
		})
	}

	for _, set := range []string{`"report.evaluate":"off"`, `"report.eval_every":3`} {
		p, dir := plan(t, strings.Replace(tiny, `"epochs":1`, `"epochs":2,`+set, 1)), t.TempDir()
		finish(t, p, dir, 0)
		states, err := p.States(dir)
		require.NoError(t, err)
		require.Equal(t, sweep.Done, states[0].Where, set)
	}
}

// TestEndedBesideFailed: a collected run that failed for good, which has no metrics, is none
// that has ended.
func TestEndedBesideFailed(t *testing.T) {
	p, dir := plan(t, tiny), t.TempDir()
	finish(t, p, dir, 0)
	lost := filepath.Join(dir, p.Runs[1].Folder)
	require.NoError(t, os.Mkdir(lost, 0o755))
	writeConfig(t, lost, p.Runs[1].Config)
	ended, err := p.Ended(dir)
	require.NoError(t, err)
	require.Len(t, ended, 1)
}
