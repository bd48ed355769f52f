package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// TestSpare: no output takes the place of what a command reads or of a file of a run,
// however it is called, nor of a file that is somebody else's; one's own is replaced.
func TestSpare(t *testing.T) {
	t.Parallel()
	data, run, dir := tiny(t), filepath.Join(t.TempDir(), "run"), t.TempDir()
	other := filepath.Join(t.TempDir(), "other")
	succeeds(t, tinyRun(data, run, "--epochs", "1", "--keep-every", "1")...)
	require.NoError(t, os.CopyFS(other, os.DirFS(run)))
	checkpoint := filepath.Join(run, "checkpoint.safetensors")
	link, hard := filepath.Join(dir, "link.safetensors"), filepath.Join(dir, "hard.safetensors")
	require.NoError(t, os.Symlink(checkpoint, link))
	require.NoError(t, os.Link(checkpoint, hard))
	theirs, notes := filepath.Join(dir, "theirs.safetensors"), filepath.Join(dir, "notes.npy")
	put(t, dir, "theirs.safetensors", []byte("theirs"))
	put(t, dir, "notes.npy", []byte("notes"))
	figures := filepath.Join(t.TempDir(), "figures")
	require.NoError(t, os.Mkdir(figures, 0o755))
	put(t, figures, "loss.svg", []byte("<svg>theirs</svg>"))
	put(t, dir, "config", []byte(`{"epochs": 1}`))
	before := folders(t, run, other, dir, figures, data)
	for _, c := range []struct {
		args  []string
		words string
	}{
		{[]string{"export", run, "--out", checkpoint}, "is a file of the run in " + run},
		{[]string{"export", run, "--out", run + "/./../run/checkpoint.safetensors"}, "is a file of the run in "},
		{[]string{"export", run, "--out", link}, "is a file of the run in "},
		{[]string{"export", run, "--out", hard}, "is a file of the run in "},
		{[]string{"export", run, "--out", filepath.Join(run, "checkpoint.previous.safetensors")}, "is the name of a file of the run in "},
		{[]string{"export", run, "--out", filepath.Join(run, "CHECKPOINT.Previous.safetensors")}, "is the name of a file of the run in "},
		{[]string{"export", run, "--out", filepath.Join(other, "checkpoint.safetensors")}, "is the name of a file of the run in " + other},
		{[]string{"export", run, "--out", filepath.Join(run, "encoders", "epoch-0001.safetensors")}, "is a file of the run in " + run},
		{[]string{"export", run, "--out", filepath.Join(other, "encoders", "epoch-0002.safetensors")}, "is the name of a file of the run in " + other},
		{[]string{"export", run, "--out", theirs}, "was not written by this command"},
		{[]string{"embed", run, "--out", checkpoint}, "is a file of the run in "},
		{[]string{"embed", run, "--out", theirs}, "was not written by this command"},
		{[]string{"embed", run, "--out", notes}, "was not written by this command"},
		{[]string{"embed", run, "--out", filepath.Join(run, "config.npy")}, "is a file of the run in "}, // config.json is written beside it
		{[]string{"compare", run, "--out", run}, "loss.svg is a file of the run in "},
		{[]string{"compare", run, "--out", other}, "is the name of a file of the run in " + other},
		{[]string{"compare", run, "--out", figures}, "loss.svg is there already and was not written by this command"},
		{[]string{"train", "--out", run, "--resume", "--cpuprofile", checkpoint}, "--cpuprofile: " + checkpoint + " is a file of the run in "},
		{[]string{"train", "--out", run, "--resume", "--trace", link}, "--trace: " + link + " is a file of the run in "},
		{tinyRun(data, filepath.Join(dir, "new"), "--config", filepath.Join(dir, "config"), "--trace", filepath.Join(dir, "config")), "config is read by this command"},
		{tinyRun(data, filepath.Join(dir, "new"), "--cpuprofile", filepath.Join(data, "train-images-idx3-ubyte")), "is a file of the data in "},
		{[]string{"bench", "step", "--encoder", "mlp", "--steps", "1", "--cpuprofile", checkpoint}, "is the name of a file of the run in "},
	} {
		require.Contains(t, refuses(t, exitUsage, c.args...), c.words, "%v", c.args)
		require.Equal(t, before, folders(t, run, other, dir, figures, data), "%v", c.args)
	}
	for range 2 { // one's own output is replaced
		succeeds(t, "export", run, "--out", filepath.Join(dir, "encoder.safetensors"))
		succeeds(t, "embed", run, "--out", filepath.Join(dir, "features.safetensors"))
		succeeds(t, "embed", run, "--out", filepath.Join(dir, "features.npy"))
		succeeds(t, "compare", run, "--out", filepath.Join(dir, "plots"))
	}
	require.Contains(t, refuses(t, exitUsage, "embed", run, "--out", filepath.Join(dir, "encoder.safetensors")), "was not written by this command")
}

// folders returns the names and contents of the files in some folders.
func folders(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			text, _ := os.ReadFile(filepath.Join(dir, e.Name())) // a folder has none
			all[filepath.Join(dir, e.Name())] = string(text)
		}
	}
	return all
}

// TestDamagedRun: a checkpoint that is damaged is refused by every command that reads it,
// with the remedy, which works.
func TestDamagedRun(t *testing.T) {
	t.Parallel()
	data, run := tiny(t), filepath.Join(t.TempDir(), "run")
	want := digest(t, succeeds(t, tinyRun(data, run, "--json")...))
	path, previous := filepath.Join(run, train.CheckpointFile), filepath.Join(run, train.PreviousFile)
	whole := []byte(readFile(t, run, train.CheckpointFile))
	require.NoError(t, os.WriteFile(previous, whole, 0o644))
	changed := append([]byte{}, whole...)
	changed[len(changed)-5] ^= 4
	require.NoError(t, os.WriteFile(path, changed, 0o644))
	out := filepath.Join(t.TempDir(), "x.safetensors")
	for _, args := range [][]string{
		{"eval", run}, {"embed", run, "--out", out}, {"export", run, "--out", out},
		{"train", "--out", run, "--resume"}, {"train", "--out", run, "--resume", "--epochs", "9"},
	} {
		message := refuses(t, exitFailed, args...)
		require.Contains(t, message, path+`: tensor "`)
		require.Contains(t, message, "rename checkpoint.previous.safetensors to checkpoint.safetensors, and entrec train --resume goes on from step 30")
	}
	require.NoFileExists(t, out)
	require.NoError(t, os.Rename(previous, path))
	require.Equal(t, want, digest(t, succeeds(t, "train", "--out", run, "--resume", "--json")))

	// Without it the one before is taken, and that is said.
	require.NoError(t, os.Rename(path, previous))
	r := entrec(t, "train", "--out", run, "--resume", "--json")
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Equal(t, want, digest(t, r.stdout))
	require.Contains(t, r.stderr, "warning: found no "+path+"; going on from checkpoint.previous.safetensors, at step 30")
	require.Contains(t, refuses(t, exitFailed, "eval", run), "rename checkpoint.previous.safetensors")
}

// TestStrictConfig: a key twice or in another case is refused wherever a configuration is
// read.
func TestStrictConfig(t *testing.T) {
	t.Parallel()
	data, run := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, run, "--steps", "1")...)
	config := readFile(t, run, "config.json")
	for change, words := range map[string]string{
		`"seed": 1, "seed"`: `found key "seed" twice`,
		`"SEED"`:            `found key "SEED", expected "seed"`,
	} {
		put(t, run, "config.json", []byte(strings.Replace(config, `"seed"`, change, 1)))
		for _, args := range [][]string{{"eval", run}, {"train", "--out", run, "--resume"}, {"compare", run}} {
			require.Contains(t, refuses(t, exitFailed, args...), words, "%v", args)
		}
		message := entrec(t, "train", "--config", filepath.Join(run, "config.json"), "--print-config").stderr
		require.Contains(t, message, words)
	}
	other := filepath.Join(t.TempDir(), "other.json")
	for _, text := range []string{`{"format": "entrec-run/99"}`, strings.Replace(config, "entrec-run/2", "entrec-run/99", 1)} {
		require.NoError(t, os.WriteFile(other, []byte(text), 0o644))
		require.Equal(t, "entrec: "+other+`: format: found "entrec-run/99", expected "entrec-run/2": another version wrote it`, refuses(t, exitUsage, "train", "--config", other, "--print-config"))
	}
	put(t, run, "config.json", []byte(config))
	summary := readFile(t, run, "summary.json")
	put(t, run, "summary.json", []byte(strings.Replace(summary, `"loss"`, `"loss": 1, "loss"`, 1)))
	require.Contains(t, refuses(t, exitFailed, "compare", run), `summary.json: found key "loss" twice`)
	put(t, run, "summary.json", []byte(`{}`))
	require.Contains(t, refuses(t, exitFailed, "compare", run), `summary.json: found method "" and seed 0, expected "`)
}

// FuzzPlots: of whatever lines a run has, its figures are drawn.
func FuzzPlots(f *testing.F) {
	dir := f.TempDir()
	for _, text := range []string{
		"", "{\"kind\":\"step\",\"epoch\":1,\"loss\":2}\n", "{\"kind\":\"step\",\"epoch\":1e308,\"loss\":-1e308}\n{\"kind\":\"step\",\"epoch\":-1e308,\"loss\":1e308}\n",
		"{\"kind\":\"epoch\",\"epoch\":9007199254740993,\"entropy\":5e-324,\"reconstruction\":1e-300,\"knn_top1_quick\":1e307}\n\x00\n{\"kind\":\"epoch\",\"epoch\":-1}\n",
	} {
		f.Add([]byte(text))
	}
	cfg, err := train.ResolveFor(&train.Request{}, train.BenchSource())
	require.NoError(f, err)
	config, err := json.Marshal(cfg)
	require.NoError(f, err)
	require.NoError(f, os.WriteFile(filepath.Join(dir, train.ConfigFile), config, 0o644))
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, train.MetricsFile), text, 0o644))
		h, err := runs.ReadHistory(dir)
		require.NoError(t, err)
		drawn, err := writePlots(dir, []*runs.History{h})
		require.NoError(t, err)
		for _, file := range drawn {
			svg, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NotContains(t, string(svg), "NaN", fmt.Sprintf("%q", text))
			require.NotContains(t, string(svg), "Inf")
		}
	})
}
