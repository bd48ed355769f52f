package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"entrec/internal/lock"
	"entrec/mvssl"
	"entrec/mvssl/train"
)

// tinySweep writes a sweep file of eight runs on tiny images, and returns its path.
func tinySweep(t testing.TB, edit ...string) string {
	t.Helper()
	text := fmt.Sprintf(`{"format": "entrec-sweep/1", "name": "tiny", "data": %q,
 "base": {"encoder": "convnet", "width": 4, "epochs": 2},
 "seeds": [0, 1],
 "rows": [{"methods": ["simclr", "simclr-er"], "grid": {"batch": [16, 32]}}],
 "table": {"columns": ["knn", "linear"], "compare": [["simclr-er", "simclr"]]}}`, tiny(t))
	require.Zero(t, len(edit)%2)
	for i := 0; i < len(edit); i += 2 {
		require.Contains(t, text, edit[i])
		text = strings.Replace(text, edit[i], edit[i+1], 1)
	}
	path := filepath.Join(t.TempDir(), "tiny.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// TestSweepNames: sweep files have the names of the flags of train.
func TestSweepNames(t *testing.T) {
	for _, method := range []string{"byol", "er"} {
		cmd := newTrain([]string{"--method", method})
		row, err := mvssl.Find(method)
		require.NoError(t, err)
		names := train.ShortNames()
		for _, p := range row.Describe() {
			names = append(names, p.Flag())
		}
		for _, name := range names {
			path, ok := train.PathOf(name, method)
			require.True(t, ok)
			flag := cmd.Flags().Lookup(name)
			require.NotNil(t, flag, name)
			require.Equal(t, flag.Value.(*fieldFlag).path, path)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if field, ok := f.Value.(*fieldFlag); ok && !f.Hidden {
				require.Contains(t, names, field.name)
			}
		})
	}
}

// TestSweep makes a sweep from its plan to its table.
func TestSweep(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t, `"epochs": 2`, `"epochs": 2, "keep-predictions": true`), filepath.Join(t.TempDir(), "runs")
	require.Equal(t, "8\n", succeeds(t, "sweep", "plan", file, "--count"))
	plan := object(t, succeeds(t, "sweep", "plan", file, "--json"))
	require.Len(t, plan["runs"], 8)
	require.Contains(t, succeeds(t, "sweep", "plan", file, "--cost"), "core-hours for 8 runs")
	none := entrec(t, "sweep", "status", file, "--json", "--out", out)
	require.Equal(t, exitFailed, none.code)
	require.Len(t, object(t, none.stdout)["runs"], 8)
	require.Contains(t, none.stderr, "0 of 8 runs are done")

	succeeds(t, "sweep", "run", file, "--index", "3", "--out", out)
	r := entrec(t, "sweep", "run", file, "--index", "3", "--out", out)
	require.Equal(t, exitDone, r.code)
	require.Contains(t, r.stderr, "is done")
	require.Equal(t, "0-2,4-7\n", succeeds(t, "sweep", "status", file, "--missing", "--out", out))
	r = entrec(t, "sweep", "run", file, "--all", "--jobs", "2", "--out", out)
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Contains(t, r.stderr, "7 of 7 done: run ")

	// A run is what train makes of the configuration in the plan.
	first := plan["runs"].([]any)[0].(map[string]any)
	config := filepath.Join(t.TempDir(), "config.json")
	text, err := json.Marshal(first["config"])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, text, 0o644))
	want := digest(t, succeeds(t, "train", "--config", config, "--out", filepath.Join(t.TempDir(), "alone"), "--json"))
	summary, err := os.ReadFile(filepath.Join(out, first["folder"].(string), "summary.json"))
	require.NoError(t, err)
	require.Contains(t, string(summary), want)

	// What the folder tells needs no data.
	require.NoError(t, os.Rename(dataOf(t, file), dataOf(t, file)+"-gone"))
	require.Equal(t, 8., object(t, succeeds(t, "sweep", "status", file, "--json", "--out", out))["done"])
	table := succeeds(t, "sweep", "table", file, "--out", out)
	require.Contains(t, table, "| simclr | batch=16 | ")
	require.Contains(t, table, "| simclr-er − simclr batch=32 | ")
	require.Contains(t, table, "| mean | bootstrap | p |")
	require.Equal(t, table, succeeds(t, "sweep", "table", file, "--out", out))
	require.Len(t, object(t, succeeds(t, "sweep", "table", file, "--json", "--out", out))["rows"], 4)
	require.Len(t, strings.Split(succeeds(t, "sweep", "table", file, "--csv", "--out", out), "\n"), 1+4*2+2+1)
}

// dataOf returns the data of a sweep file.
func dataOf(t testing.TB, file string) string {
	t.Helper()
	var f struct{ Data string }
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &f))
	return f.Data
}

// TestSweepFailures: a run that fails is one row marked as such, and does not stop others.
func TestSweepFailures(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t, `"grid": {"batch": [16, 32]}`, `"grid": {"lr": [0.1, 9e5]}`), filepath.Join(t.TempDir(), "runs")
	message := refuses(t, exitFailed, "sweep", "run", file, "--all", "--jobs", "2", "--out", out)
	require.Contains(t, message, "4 of 8 runs failed, the first: run ")
	require.Contains(t, message, "not finite")
	require.Contains(t, refuses(t, exitNotFinite, "sweep", "run", file, "--index", "1", "--out", out), "would come again")
	r := entrec(t, "sweep", "status", file, "--out", out)
	require.Equal(t, exitFailed, r.code)
	require.Equal(t, 4, strings.Count(r.stdout, "  failed "), r.stdout)
	require.Contains(t, succeeds(t, "sweep", "table", file, "--out", out), "| 0 of 2, 2 failed |")
}

// TestSweepDamaged: a run whose files are damaged is one row marked as failed, and does not
// stop others.
func TestSweepDamaged(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t), filepath.Join(t.TempDir(), "runs")
	for _, index := range []string{"0", "1"} {
		succeeds(t, "sweep", "run", file, "--index", index, "--out", out)
	}
	damage := func(pattern string, keeps int) string {
		found, err := filepath.Glob(filepath.Join(out, pattern))
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.NoError(t, os.Truncate(found[0], int64(keeps)))
		return found[0]
	}
	config, summary := damage("0000-*/config.json", 100), damage("0001-*/summary.json", 100)

	r := entrec(t, "sweep", "status", file, "--out", out)
	require.Equal(t, exitFailed, r.code)
	require.Regexp(t, `   0  failed       simclr batch=16, seed 0: `+config+": at byte ", r.stdout)
	require.Regexp(t, `   1  failed       simclr batch=32, seed 0.*: `+summary+": at byte ", r.stdout)
	require.Contains(t, succeeds(t, "sweep", "table", file, "--out", out), "Failed: simclr batch=16, seed 0: "+config+": at byte ")
	require.Contains(t, refuses(t, exitFailed, "sweep", "run", file, "--index", "0", "--out", out), config+" is not a run's")
	require.Contains(t, refuses(t, exitFailed, "sweep", "run", file, "--all", "--jobs", "2", "--out", out), "1 of 8 runs failed, the first: run 0, simclr batch=16, seed 0: "+config)
	require.Equal(t, "0\n", succeeds(t, "sweep", "status", file, "--missing", "--out", out), "a summary is made again of the checkpoint")
	require.Contains(t, succeeds(t, "sweep", "table", file, "--out", out), "| 1 of 2, 1 failed |")
	r = entrec(t, "sweep", "collect", file, "--out", out, "--to", filepath.Join(t.TempDir(), "to"))
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Contains(t, r.stderr, "skipped: run 0, simclr batch=16, seed 0: "+config+": at byte ")
	require.Contains(t, r.stderr, "7 of 8 runs are in ")
}

// TestSweepMendsDamage: files of a run that had ended are made again of its checkpoint, the
// same to the byte, as its summary is.
func TestSweepMendsDamage(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t, `"epochs": 2`, `"epochs": 2, "keep-predictions": true`), filepath.Join(t.TempDir(), "runs")
	succeeds(t, "sweep", "run", file, "--index", "0", "--out", out)
	table := succeeds(t, "sweep", "table", file, "--csv", "--out", out)
	for _, name := range []string{"predictions.json", "metrics.jsonl"} {
		found, err := filepath.Glob(filepath.Join(out, "0000-*", name))
		require.NoError(t, err)
		require.Len(t, found, 1)
		whole := readFile(t, filepath.Dir(found[0]), name)
		require.NoError(t, os.Truncate(found[0], int64(len(whole)-10)))
		r := entrec(t, "sweep", "status", file, "--out", out)
		require.Contains(t, r.stdout, "   0  failed       simclr batch=16, seed 0: "+found[0]+": found ")
		require.Contains(t, succeeds(t, "sweep", "table", file, "--out", out), "Failed: simclr batch=16, seed 0: "+found[0]+": found ")
		require.NotContains(t, entrec(t, "sweep", "run", file, "--index", "0", "--out", out).stderr, "is done")
		require.Equal(t, whole, readFile(t, filepath.Dir(found[0]), name))
		require.Equal(t, table, succeeds(t, "sweep", "table", file, "--csv", "--out", out))
	}
}

// TestSweepInterruptedLoading: a signal that comes while the data are loaded finds nothing
// done that lasts. Where time is nearly up the run has failed, and its folder tells it where
// nobody holds that.
func TestSweepInterruptedLoading(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t), filepath.Join(t.TempDir(), "runs")
	succeeds(t, "sweep", "run", file, "--index", "1", "--out", out)
	interrupt := func(s syscall.Signal, args ...string) (code int, said string) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(Interrupted{s})
		var stderr bytes.Buffer
		err := await(ctx, &stderr, func(ctx context.Context) error {
			root := newRoot(args, io.Discard)
			root.SetArgs(args)
			root.SetErr(&stderr)
			return root.ExecuteContext(ctx)
		})
		require.Error(t, err)
		err = withCause(ctx, err)
		return exitCode(err), oneLine(err)
	}
	short := "no progress was made before time was nearly up: expected a longer limit, or a later warning"
	run := func(more ...string) []string { return append([]string{"sweep", "run", file, "--out", out}, more...) }
	alone := tinyRun(dataOf(t, file), filepath.Join(t.TempDir(), "run"))
	for _, test := range []struct {
		signal syscall.Signal
		args   []string
		code   int
		said   string
	}{
		{syscall.SIGINT, run("--index", "2"), exitInterrupted, "interrupted; entrec sweep run --index 2 goes on"},
		{syscall.SIGTERM, run("--index", "2"), 143, "interrupted by SIGTERM; entrec sweep run --index 2 goes on"},
		{syscall.SIGTERM, run("--all"), 143, "interrupted by SIGTERM; the same command goes on"},
		{syscall.SIGTERM, alone, 143, "interrupted by SIGTERM"},
		{nearlyUp, alone, exitFailed, short},
		{nearlyUp, run("--index", "1"), exitFailed, short},
		{nearlyUp, run("--index", "2"), exitFailed, short},
	} {
		require.Equal(t, "0,2-7\n", succeeds(t, "sweep", "status", file, "--missing", "--out", out))
		require.NotContains(t, entrec(t, "sweep", "status", file, "--out", out).stdout, "failed")
		code, said := interrupt(test.signal, test.args...)
		require.Equal(t, test.code, code, said)
		require.Equal(t, test.said, said)
	}
	require.Contains(t, entrec(t, "sweep", "status", file, "--out", out).stdout, "   2  failed       simclr-er batch=16, seed 0, on ")
	require.Contains(t, entrec(t, "sweep", "status", file, "--out", out).stdout, ": "+short+"\n")
	failures, err := filepath.Glob(filepath.Join(out, "*", "failed.json"))
	require.NoError(t, err)
	require.Len(t, failures, 1, "none where the run is done")

	// Where another process makes the run, it is not told to have failed.
	held := filepath.Dir(failures[0])
	require.NoError(t, os.Remove(failures[0]))
	l, err := lock.Acquire(held)
	require.NoError(t, err)
	code, said := interrupt(nearlyUp, run("--index", "2")...)
	require.Equal(t, exitFailed, code, said)
	require.NoFileExists(t, failures[0])
	require.NoError(t, l.Release())
	succeeds(t, "sweep", "run", file, "--index", "2", "--out", out)
}

func TestBadSweeps(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t), filepath.Join(t.TempDir(), "runs")
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "found 8, expected 0 to 7", []string{"run", file, "--index", "8", "--out", out}},
		{exitUsage, "found -1, expected 0 to 7", []string{"run", file, "--index", "-1", "--out", out}},
		{exitUsage, "expected one of them", []string{"run", file, "--index", "1", "--all", "--out", out}},
		{exitUsage, "expected one of them", []string{"run", file, "--out", out}},
		{exitUsage, "--threads: found 0", []string{"run", file, "--all", "--threads", "0", "--out", out}},
		{exitUsage, "--jobs: found 0, expected at least 1", []string{"run", file, "--all", "--jobs", "0", "--out", out}},
		{exitUsage, "--jobs: found it beside --index, which makes one run, expected it beside --all", []string{"run", file, "--index", "0", "--jobs", "1", "--out", out}},
		{exitUsage, "--out: found the file " + file + ", expected a folder", []string{"run", file, "--index", "0", "--out", file}},
		{exitUsage, "--out: found the file " + file + ", expected a folder", []string{"run", file, "--all", "--out", filepath.Join(file, "below")}},
		{exitUsage, "--out: found the file " + file + ", expected a folder", []string{"status", file, "--out", file}},
		{exitUsage, "--out: found the file " + file + ", expected a folder", []string{"table", file, "--out", file}},
		{exitUsage, "--out: found the file " + file + ", expected a folder", []string{"submit", "--parallel", file, "--out", file}},
		{exitUsage, "--to: found the file " + file + ", expected a folder", []string{"collect", file, "--out", out, "--to", file}},
		{exitUsage, "at most one of them", []string{"plan", file, "--json", "--count"}},
		{exitUsage, tinySweepError, []string{"plan", tinySweep(t, `"seeds"`, `"sead"`)}},
		{exitUsage, "rows[0], simclr: batch: found 0.5", []string{"plan", tinySweep(t, `[16, 32]`, `[0.5]`)}},
		{exitUsage, "rows[0], simclr: keep-predictions: found ", []string{"plan", tinySweep(t, `"epochs": 2`, `"keep-predictions": "some"`)}},
		{exitUsage, "keep-predictions: found true without evaluations", []string{"plan", tinySweep(t, `"epochs": 2`, `"keep-predictions": true, "report.evaluate": "off"`)}},
		{exitUsage, "no such file", []string{"plan", file + "x"}},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"sweep"}, c.args...)...), c.want)
	}
	require.NoDirExists(t, out)
}

const tinySweepError = `tiny.json: found key "sead", expected one of base, data, format`
