package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/train"
)

// idx is a file of that format: sizes, then bytes.
func idx(data []byte, sizes ...int) []byte {
	b := []byte{0, 0, 8, byte(len(sizes))}
	for _, n := range sizes {
		b = append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, data...)
}

// tiny writes a data set of 96 training and 40 test images of 8×8, which have a
// bright patch where their class says, and returns its folder.
func tiny(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	rng := rand.New(rand.NewPCG(1, 1))
	for _, part := range []struct {
		name string
		n    int
	}{{"train", 96}, {"t10k", 40}} {
		name, n := part.name, part.n
		pixels, labels := make([]byte, 64*n), make([]byte, n)
		for i := range n {
			labels[i] = byte(i % 4)
			for j := range 64 {
				pixels[64*i+j] = byte(rng.IntN(80))
				if j/32 == i%4/2 && j%8/4 == i%2 {
					pixels[64*i+j] += 150
				}
			}
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+"-images-idx3-ubyte"), idx(pixels, n, 8, 8), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+"-labels-idx1-ubyte"), idx(labels, n), 0o644))
	}
	return dir
}

// tinyRun are the arguments of a short run on tiny images.
func tinyRun(data, out string, more ...string) []string {
	return append([]string{
		"train", "--data", data, "--out", out, "--encoder", "convnet", "--width", "4", "--batch", "16", "--epochs", "5",
	}, more...)
}

// epochLine begins a line about an epoch.
var epochLine = regexp.MustCompile(`(?m)^\d+/\d+ `)

// summaryFields are those that others rely on.
var summaryFields = []string{
	"alignment", "attempts", "bag", "batch", "data", "data_sha256", "effective_rank", "encoder", "entropy", "entropy_knn", "entropy_logdet", "epochs", "eval_split", "host", "images_per_second",
	"knn_top1", "knn_top1_untrained", "linear_top1", "linear_top1_bag", "loss", "loss_first", "loss_in_nats", "method", "mi_er", "mi_infonce",
	"numerics", "params", "params_sha256", "peak_rss_bytes", "precision", "predictions_sha256", "probe_online", "processor", "reconstruction", "seed", "simd", "simd_levels", "steps", "threads",
	"uniformity", "version", "wall_seconds", "width",
}

func digest(t testing.TB, stdout string) string {
	t.Helper()
	sum, ok := object(t, stdout)["params_sha256"].(string)
	require.True(t, ok)
	require.Len(t, sum, 64)
	return sum
}

func TestTrain(t *testing.T) {
	t.Parallel()
	data, out := tiny(t), filepath.Join(t.TempDir(), "a", "run")
	r := entrec(t, tinyRun(data, out, "--json", "--seed", "3", "--threads", "2")...)
	require.Equal(t, exitDone, r.code, r.stderr)
	o := object(t, r.stdout)
	require.Equal(t, summaryFields, keys(o))
	for field, want := range map[string]any{
		"method": "simclr-er", "data": data, "encoder": "convnet", "width": 4.0, "precision": "f32", "threads": 2.0, "seed": 3.0,
		"epochs": 5.0, "steps": 30.0, "batch": 16.0,
	} {
		require.Equal(t, want, o[field], field)
	}
	for _, field := range []string{"knn_top1", "knn_top1_untrained", "linear_top1"} {
		require.GreaterOrEqual(t, o[field], 0.0)
		require.LessOrEqual(t, o[field], 1.0)
	}
	require.Len(t, epochLine.FindAllString(r.stderr, -1), 6, "a line for each epoch on standard error:\n%s", r.stderr)
	for line := range strings.Lines(r.stderr) {
		require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), helpWidth, line)
	}

	stored, err := os.ReadFile(filepath.Join(out, "summary.json"))
	require.NoError(t, err)
	var again map[string]any
	require.NoError(t, json.Unmarshal(stored, &again))
	require.Equal(t, o, again)
	var names []string
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, []string{"bound.svg", "checkpoint.safetensors", "config.json", "knn.svg", "loss.svg", "metrics.jsonl", "summary.json", "throughput.jsonl"}, names)
	for _, name := range names {
		if filepath.Ext(name) == ".svg" {
			requireSVG(t, filepath.Join(out, name))
		}
	}

	// The configuration says all: from it comes the same run, whatever the threads.
	copied := filepath.Join(t.TempDir(), "copy")
	text := succeeds(t, "train", "--config", filepath.Join(out, "config.json"), "--out", copied, "--threads", "1")
	require.Contains(t, text, o["params_sha256"].(string))
	require.Contains(t, text, "over training, epochs 0 to 5")
	require.Equal(t, readFile(t, out, "config.json"), readFile(t, copied, "config.json"))
	require.Equal(t, readFile(t, out, "metrics.jsonl"), readFile(t, copied, "metrics.jsonl"))
	// Flags win over it.
	other := object(t, succeeds(t, "train", "--config", filepath.Join(out, "config.json"), "--out", copied, "--overwrite", "--seed", "4", "--steps", "3", "--json"))
	require.Equal(t, 4.0, other["seed"])
	require.Equal(t, 3.0, other["steps"])
	require.NotEqual(t, o["params_sha256"], other["params_sha256"])
}

func readFile(t testing.TB, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(text)
}

// requireSVG checks that a file is XML whose root is svg and that draws something.
func requireSVG(t testing.TB, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	dec, elements := xml.NewDecoder(bytes.NewReader(text)), map[string]int{}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err, file)
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
	}
	require.Equal(t, 1, elements["svg"])
	require.Positive(t, elements["path"])
	require.Positive(t, elements["text"])
	require.NotContains(t, string(text), "NaN")
}

func TestDefaultOut(t *testing.T) {
	data := tiny(t)
	t.Chdir(t.TempDir())
	args := slices.DeleteFunc(tinyRun(data, "X", "--method", "simclr", "--seed", "7", "--steps", "1"), func(a string) bool { return a == "--out" || a == "X" })
	require.Contains(t, succeeds(t, args...), filepath.Join("runs", "simclr-tiny-7"))
	require.FileExists(t, filepath.Join("runs", "simclr-tiny-7", "summary.json"))
	require.Contains(t, succeeds(t, "compare", filepath.Join("runs", "simclr-tiny-7")), filepath.Join("compared", "knn.svg"))
	requireSVG(t, filepath.Join("compared", "knn.svg"))
}

// Nothing is lost: a folder that holds a run is never written over unless that is
// asked for, and then of the run's files alone.
func TestNothingIsLost(t *testing.T) {
	data := tiny(t)
	t.Chdir(t.TempDir())
	short := func(more ...string) []string {
		args := slices.Delete(tinyRun(data, "X", "--steps", "1"), 3, 5) // no --out
		return append(args, more...)
	}
	name := filepath.Join("runs", "simclr-er-tiny-0")
	for _, want := range []string{name, name + "-2", name + "-3"} {
		require.Contains(t, succeeds(t, short()...), want+string(filepath.Separator))
	}
	before := readFile(t, name, "checkpoint.safetensors")
	message := refuses(t, exitUsage, short("--out", name, "--seed", "1")...)
	require.Contains(t, message, "--out: "+name+" holds a run: --resume goes on with it, --overwrite replaces it")
	require.Equal(t, before, readFile(t, name, "checkpoint.safetensors"))
	require.NoError(t, os.WriteFile(filepath.Join(name, "notes.txt"), []byte("mine"), 0o644))
	succeeds(t, short("--out", name, "--seed", "1", "--overwrite")...)
	require.NotEqual(t, before, readFile(t, name, "checkpoint.safetensors"))
	require.Equal(t, "mine", readFile(t, name, "notes.txt"))
	// Printing a configuration writes nothing.
	text := succeeds(t, short("--out", name, "--print-config")...)
	require.Contains(t, text, `"format": "entrec-run/2"`)
	require.NoDirExists(t, name+"-4")
}

// A run that is resumed with more epochs goes on for longer, and its configuration
// says so.
func TestExtended(t *testing.T) {
	t.Parallel()
	data, out := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, out, "--method", "byol", "--steps", "9")...)
	before, err := train.ReadConfig(out)
	require.NoError(t, err)
	o := object(t, succeeds(t, "train", "--out", out, "--resume", "--epochs", "3", "--json"))
	require.Equal(t, 18.0, o["steps"])
	after, err := train.ReadConfig(out)
	require.NoError(t, err)
	require.Equal(t, before.Model, after.Model, "what was chosen by the length stays")
	require.Equal(t, []train.Extension{{At: 9, Epochs: 5, Steps: before.Steps}}, after.Extended)
	o = object(t, succeeds(t, "train", "--out", out, "--resume", "--steps", "20", "--epochs", "4", "--json"))
	require.Equal(t, 20.0, o["steps"])
}

// A run without evaluations makes its steps alone.
func TestNoEval(t *testing.T) {
	t.Parallel()
	data, out := tiny(t), filepath.Join(t.TempDir(), "run")
	o := object(t, succeeds(t, tinyRun(data, out, "--no-eval", "--log-every", "1", "--steps", "3", "--json")...))
	for _, field := range []string{"knn_top1", "knn_top1_untrained", "linear_top1", "entropy", "mi_er"} {
		require.Nil(t, o[field], field)
	}
	require.NotContains(t, readFile(t, out, "metrics.jsonl"), `"kind":"epoch"`)
	require.Equal(t, 3, strings.Count(readFile(t, out, "metrics.jsonl"), `"kind":"step"`))
	for file, said := range map[string]string{"knn.svg": ">no accuracy was measured in training<", "bound.svg": ">no diagnostics were made<"} {
		require.Contains(t, readFile(t, out, file), said)
	}
	require.NotContains(t, readFile(t, out, "loss.svg"), ">no ")
	whole := digest(t, succeeds(t, tinyRun(data, filepath.Join(t.TempDir(), "run"), "--steps", "3", "--eval-every", "2", "--json")...))
	require.Equal(t, whole, o["params_sha256"])
}

// Accuracies of a run with images held out are of these, until eval asks for the test
// images.
func TestHoldout(t *testing.T) {
	t.Parallel()
	data, out := tiny(t), filepath.Join(t.TempDir(), "run")
	o := object(t, succeeds(t, tinyRun(data, out, "--holdout", "0.25", "--epochs", "1", "--json")...))
	require.Equal(t, "val", o["eval_split"])
	val := object(t, succeeds(t, "eval", out, "--json"))
	require.Equal(t, "val", val["eval_split"])
	require.Equal(t, o["knn_top1"], val["knn_top1"])
	require.Equal(t, "test", object(t, succeeds(t, "eval", out, "--split", "test", "--json"))["eval_split"])
	plain := filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, plain, "--epochs", "1")...)
	require.Contains(t, refuses(t, exitUsage, "eval", plain, "--split", "val"), "no images of "+plain+" were held out")
}

// A run that is interrupted writes a checkpoint and goes on later as if it had not
// been; so does one that is killed, at whatever moment.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	data := tiny(t)
	for _, precision := range []string{"f32", "f64"} {
		want := digest(t, succeeds(t, tinyRun(data, filepath.Join(t.TempDir(), "run"), "--precision", precision, "--json")...))
		for threads := 1; threads <= 3; threads++ {
			out := filepath.Join(t.TempDir(), "run")
			more := []string{"--precision", precision, "--json", "--threads", fmt.Sprint(threads)}
			r := stopped(t, 2, os.Interrupt, 0, tinyRun(data, out, more...)...)
			if r.code != exitDone { // it may have ended before the signal came
				require.Equal(t, exitInterrupted, r.code, r.stderr)
				require.Empty(t, r.stdout)
				require.Contains(t, r.stderr, "; entrec train --out "+out+" --resume goes on")
				require.FileExists(t, filepath.Join(out, "checkpoint.safetensors"))
				require.NoFileExists(t, filepath.Join(out, "summary.json"))
			}
			require.Equal(t, want, digest(t, succeeds(t, "train", "--out", out, "--resume", "--json", "--threads", fmt.Sprint(4-threads))), "%s, %d threads", precision, threads)
		}
	}
}

func TestKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some seconds")
	}
	data := tiny(t)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)) // any moment will do
	for _, precision := range []string{"f32", "f64"} {
		whole := filepath.Join(t.TempDir(), "run")
		want := digest(t, succeeds(t, tinyRun(data, whole, "--precision", precision, "--json")...))
		for threads := 1; threads <= 3; threads++ {
			out := filepath.Join(t.TempDir(), "run")
			args := tinyRun(data, out, "--resume", "--precision", precision, "--json", "--threads", fmt.Sprint(threads)) // it may end before it is killed
			kills := 0
			for range 3 {
				r := stopped(t, rng.IntN(3), os.Kill, time.Duration(rng.IntN(20))*time.Millisecond, args...)
				if r.code == exitDone {
					break
				}
				kills++
				args = tinyRun(data, out, "--resume", "--precision", precision, "--json", "--threads", fmt.Sprint(1+(threads+kills)%3))
			}
			require.Equal(t, want, digest(t, succeeds(t, args...)), "%s, %d threads, %d kills", precision, threads, kills)
			require.Equal(t, readFile(t, whole, "metrics.jsonl"), readFile(t, out, "metrics.jsonl"))
			left, err := os.ReadDir(out)
			require.NoError(t, err)
			require.Len(t, left, 8, "files half written were left: %v", left)
		}
	}
}

// stopped runs the command, and sends it a signal some time after so many lines
// about epochs.
func stopped(t testing.TB, epochs int, signal os.Signal, after time.Duration, args ...string) result {
	t.Helper()
	cmd := command(t, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	pipe, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(io.TeeReader(pipe, &stderr))
	for seen := 0; lines.Scan(); {
		if epochLine.MatchString(lines.Text()) {
			if seen++; seen == epochs+1 {
				time.AfterFunc(after, func() { _ = cmd.Process.Signal(signal) })
			}
		}
	}
	_ = cmd.Wait()
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

func TestResumeRefuses(t *testing.T) {
	t.Parallel()
	data, out := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, out, "--resume")...) // where there is nothing, it begins
	before := readFile(t, out, "checkpoint.safetensors")
	for _, c := range []struct {
		flags string
		words []string
	}{
		{"--method simclr", []string{"cannot be resumed otherwise", "method", `"simclr-er"`, `"simclr"`}},
		{"--encoder mlp", []string{"model.encoder.name"}},
		{"--seed 9", []string{"seed: found 9, expected 0"}},
		{"--precision f64", []string{"precision"}},
		{"--epochs 4", []string{"found 24 steps, expected the run's 30 or more"}},
		{"--steps 8", []string{"found 8 steps, expected the run's 30 or more"}},
	} {
		message := refuses(t, exitUsage, append([]string{"train", "--out", out, "--resume"}, strings.Fields(c.flags)...)...)
		for _, w := range c.words {
			require.Contains(t, message, w, c.flags)
		}
	}
	require.Equal(t, before, readFile(t, out, "checkpoint.safetensors"))

	// A checkpoint that is not of the run that config.json describes.
	for field, change := range map[string]func(c *train.Config){
		"model.method": func(c *train.Config) {
			c.Model.Method, c.Model.Parameters = "simclr", mvssl.SimCLR{Temperature: 1}
		},
		"model.encoder.name":  func(c *train.Config) { c.Model.Encoder.Name, c.Model.Encoder.Width = "mlp", 8 },
		"model.encoder.width": func(c *train.Config) { c.Model.Encoder.Width = 8 },
	} {
		cfg, err := train.ReadConfig(out)
		require.NoError(t, err)
		change(&cfg)
		other := t.TempDir()
		text, err := json.Marshal(cfg)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(other, "config.json"), text, 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(other, "checkpoint.safetensors"), []byte(before), 0o644))
		for _, args := range [][]string{{"train", "--out", other, "--resume"}, {"eval", other}, {"export", other, "--out", other + "/x.pt"}, {"embed", other, "--out", other + "/x.npy"}} {
			message := refuses(t, exitFailed, args...)
			require.Contains(t, message, filepath.Join(other, "checkpoint.safetensors"))
			require.Contains(t, message, field+": found ")
		}
		require.NoFileExists(t, other+"/x.pt")
	}
}

// A loss that is not finite ends the run with the method, the step and the term.
func TestNotFinite(t *testing.T) {
	data, out := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, out, "--steps", "1")...)
	message := refuses(t, exitFailed, tinyRun(data, out, "--overwrite", "--lr", "1e5", "--epochs", "50")...)
	for _, w := range []string{"simclr-er, step ", "not finite", "try a smaller --lr (it is 100000, by default 0.06)"} {
		require.Contains(t, message, w)
	}
	for _, old := range append(slices.Clone(train.Figures), train.SummaryFile, train.CheckpointFile) {
		require.NoFileExists(t, filepath.Join(out, old), "of the run that was there before")
	}
	message = refuses(t, exitFailed, tinyRun(data, out, "--overwrite", "--method", "simclr", "--temperature", "1e-30")...)
	require.Contains(t, message, "simclr, step 1")
	require.Contains(t, message, "no update was made yet: try --temperature nearer its default, 0.2 (it is 1e-30)")
}

// What a file leaves open follows from the flags and from the rest of the file.
func TestConfigAndFlags(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	file := filepath.Join(dir, "part.json")
	// made returns the configuration of a run of one step, with method and flags.
	made := func(flags ...string) string {
		out := t.TempDir()
		succeeds(t, tinyRun(data, out, append(flags, "--steps", "1")...)...)
		return filepath.Join(out, "config.json")
	}
	for _, c := range []struct {
		name, config  string
		flags, direct []string
	}{
		{"an optimizer", `{"model": {"method": "byol"}, "recipe": {"optimizer": "sgd"}}`, nil, []string{"--method", "byol", "--optimizer", "sgd"}},
		{"adamw in sgd's place", `{"recipe": {"optimizer": "adamw"}}`, nil, []string{"--optimizer", "adamw"}},
		{"a rate", `{"recipe": {"optimizer": "sgd", "lr": 0.5}}`, nil, []string{"--optimizer", "sgd", "--lr", "0.5"}},
		{"local crops", readFile(t, filepath.Dir(made("--method", "swav")), "config.json"), []string{"--local-crops", "4"}, []string{"--method", "swav", "--local-crops", "4"}},
		{"no local crops", readFile(t, filepath.Dir(made("--method", "dino", "--local-crops", "4")), "config.json"), []string{"--local-crops", "0"}, []string{"--method", "dino"}},
	} {
		require.NoError(t, os.WriteFile(file, []byte(c.config), 0o644))
		got, want := made(append(c.flags, "--config", file)...), made(c.direct...)
		require.Equal(t, readFile(t, filepath.Dir(want), "config.json"), readFile(t, filepath.Dir(got), "config.json"), c.name)
	}
	moco := made("--method", "moco")
	require.Contains(t, refuses(t, exitUsage, "train", "--config", moco, "--batch", "20", "--out", filepath.Join(dir, "x")), "--queue 40 ")
	// Views of one's own stay as they are.
	views := strings.Replace(readFile(t, filepath.Dir(made("--method", "swav")), "config.json"), `"flip": 0.5`, `"flip": 0.25`, 1)
	require.Contains(t, views, `"flip": 0.25`)
	require.NoError(t, os.WriteFile(file, []byte(views), 0o644))
	require.Contains(t, refuses(t, exitUsage, "train", "--config", file, "--local-crops", "4", "--out", filepath.Join(dir, "x")), "views: found 2, expected the 6 of method swav")
}

// A run knows its data from wherever it is looked at.
func TestRelativeData(t *testing.T) {
	t.Chdir(filepath.Dir(tiny(t)))
	run, args := filepath.Join(t.TempDir(), "run"), []string{"--steps", "1"}
	succeeds(t, tinyRun("tiny", run, args...)...)
	succeeds(t, "train", "--out", run, "--resume", "--data", "./tiny")
	t.Chdir(t.TempDir())
	succeeds(t, "eval", run)
	succeeds(t, "train", "--config", filepath.Join(run, "config.json"), "--out", "again")
	require.Equal(t, readFile(t, run, "config.json"), readFile(t, "again", "config.json"))
}

func TestSparkline(t *testing.T) {
	require.Equal(t, "▁▄▅█", sparkline([]float64{0, 3, 4, 7}))
	require.Equal(t, "▁▁", sparkline([]float64{5, 5}))
	long := make([]float64, 1000)
	for i := range long {
		long[i] = float64(i)
	}
	line := []rune(sparkline(long))
	require.Len(t, line, sparkWidth)
	require.Equal(t, '▁', line[0])
	require.Equal(t, '█', line[sparkWidth-1])
}
