package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
)

// asEntrec makes the test's binary be the command, so that tests run it as a
// process of its own.
const asEntrec = "ENTREC_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asEntrec) != "" {
		patience = 5 * time.Second
		Main()
	}
	runtest.InMemory()
	m.Run()
}

// command returns the command with some arguments, to be run. Where it hangs, it ends
// shortly before the tests' time is up, with the stacks of its goroutines.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx := context.Background()
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, ok := limited.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, end.Add(-time.Minute))
			t.Cleanup(cancel)
		}
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), asEntrec+"=1")
	return cmd
}

// result is what a process left behind.
type result struct {
	stdout, stderr string
	code           int
}

func entrec(t testing.TB, args ...string) result {
	t.Helper()
	cmd := command(t, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err, "entrec %v: %s", args, stderr.String())
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// succeeds runs the command and returns its standard output.
func succeeds(t testing.TB, args ...string) string {
	t.Helper()
	r := entrec(t, args...)
	require.Equal(t, exitDone, r.code, "entrec %v: %s", args, r.stderr)
	return r.stdout
}

// refuses runs the command, which must end with the exit code, nothing on standard
// output and an error of one line, and returns that line.
func refuses(t testing.TB, code int, args ...string) string {
	t.Helper()
	r := entrec(t, args...)
	require.Equal(t, code, r.code, "entrec %v: %s", args, r.stderr)
	require.Empty(t, r.stdout)
	require.NotContains(t, r.stderr, "goroutine")
	lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	message := lines[len(lines)-1]
	require.True(t, strings.HasPrefix(message, "entrec: "), r.stderr)
	for _, progress := range lines[:len(lines)-1] {
		require.NotContains(t, progress, "entrec: ", "more than one line of error")
	}
	return message
}

// object parses the one JSON object on standard output.
func object(t testing.TB, stdout string) map[string]any {
	t.Helper()
	var o map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &o), stdout)
	require.Equal(t, 1, strings.Count(stdout, "\n"), "one line")
	return o
}

func keys(o map[string]any) []string {
	var names []string
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// every calls f for each command that there is, with its path below the root.
func every(cmd *cobra.Command, path []string, f func(cmd *cobra.Command, path []string)) {
	f(cmd, path)
	for _, c := range cmd.Commands() {
		every(c, append(slices.Clone(path), c.Name()), f)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	every(newRoot(nil, io.Discard), nil, func(c *cobra.Command, path []string) {
		t.Run(strings.Join(path, " "), func(t *testing.T) {
			require.NotEmpty(t, c.Short)
			require.NotEmpty(t, c.Example)
			out := succeeds(t, append(path, "--help")...)
			require.Contains(t, out, "Usage:")
			require.Contains(t, out, c.Example)
			if c.Parent() != nil && c.Parent().Name() == "completion" {
				return // cobra's texts
			}
			for line := range strings.Lines(out) {
				require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), helpWidth, line)
			}
		})
	})
}

// Examples are commands and flags that there are.
func TestHelpExamplesParse(t *testing.T) {
	parsed := 0
	every(newRoot(nil, io.Discard), nil, func(c *cobra.Command, _ []string) {
		for line := range strings.Lines(c.Example) {
			words := strings.Fields(line)
			if words[0] != "entrec" {
				continue // of a shell
			}
			root := newRoot(words[1:], io.Discard)
			found, rest, err := root.Find(words[1:])
			require.NoError(t, err, line)
			if err := found.ParseFlags(rest); !errors.Is(err, pflag.ErrHelp) {
				require.NoError(t, err, line)
			}
			require.NoError(t, found.ValidateArgs(found.Flags().Args()), line)
			parsed++
		}
	})
	require.Greater(t, parsed, 15)
}

func TestWithoutArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"bench"}, {"golden"}, {"help"}} {
		require.Contains(t, succeeds(t, args...), "Usage:")
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, succeeds(t, "completion", shell), "entrec")
	}
	for flag, values := range map[string][]string{
		"--method": {"simclr", "simclr-er"}, "--encoder": nn.EncoderNames(), "--optimizer": nn.OptimizerNames(), "--precision": {"f32", "f64"},
	} {
		out := succeeds(t, "__complete", "train", flag, "")
		for _, v := range values {
			require.Contains(t, out, v+"\n")
		}
	}
	require.Contains(t, succeeds(t, "__complete", "b"), "bench")
}

// What is asked wrongly ends with exit code 2 and a line that says what there is.
func TestUsage(t *testing.T) {
	t.Parallel()
	var methods []string
	for _, r := range mvssl.Rows() {
		methods = append(methods, r.Name)
	}
	for _, c := range []struct {
		args  string
		words []string
	}{
		{"nothing", []string{"unknown command entrec nothing"}},
		{"trian", []string{"unknown command entrec trian; did you mean train?", "usage: entrec"}},
		{"bench nothing", []string{"unknown command entrec bench nothing"}},
		{"golden nothing", []string{"unknown command entrec golden nothing"}},
		{"info more", []string{`unknown command "more"`, "usage: entrec info [flags]"}},
		{"train --nothing", []string{"unknown flag --nothing", "usage: entrec train [flags]"}},
		{"train --epoch 3", []string{"unknown flag --epoch; did you mean --epochs?"}},
		{"train --temprature 3 --method simclr", []string{"did you mean --temperature?"}},
		{"train --epochs many", []string{`--epochs: found "many", expected a whole number; usage: entrec train [flags]`}},
		{"train --method nothing", append([]string{`method "nothing" is unknown`}, methods...)},
		{"bench step --method nothing", methods},
		{"train --encoder nothing", nn.EncoderNames()},
		{"train --optimizer nothing", nn.OptimizerNames()},
		{"train --data nothing", []string{`"nothing"`, "fashion-mini", "fashion-mnist", "cifar10", "data_batch_*.bin"}},
		{"train --precision f16", []string{`"f16"`, "--precision", "expected f32 or f64"}},
		{"train --epochs 0", []string{"epochs 0 must be at least 1"}},
		{"train --steps 0", []string{"steps 0 must be at least 1"}},
		{"train --batch 1", []string{"batch 1 must be at least 2"}},
		{"train --batch 9999", []string{"batch 9999", "larger than the 5800 training images"}},
		{"train --subset -1", []string{"subset -1"}},
		{"train --subset 9999", []string{"subset", "9999", "5800"}},
		{"train --subset 20", []string{"batch 32", "larger than the 20 training images"}},
		{"train --lr 0", []string{"lr 0 must be positive"}},
		{"train --lr NaN", []string{`--lr: found "NaN", expected a number`}},
		{"train --depth 3", []string{"encoder resnet18", "only to vit"}},
		{"train --encoder vit --width 96 --heads 5", []string{"width 96 is no multiple of 5 heads"}},
		{"train --encoder vit --patch 29", []string{"patches of 29 pixels", "28×28"}},
		{"train --width -3", []string{"width -3"}},
		{"train --width 0", []string{"--width: found 0, expected a positive number"}},
		{"train --holdout 1", []string{"holdout 1 must be in [0, 1)"}},
		{"train --set recipe.speed=1", []string{"recipe.speed: there is no such field", "warmup"}},
		{"train --set recipe.lr", []string{"--set", "expected PATH=VALUE"}},
		{"train --set views.7.flip=0", []string{"views.7.flip", "expected 0 to 0"}},
		{"train --overwrite", []string{"--overwrite needs --out", "usage: entrec train [flags]"}},
		{"train --resume --overwrite --out x", []string{"resume", "overwrite"}},
		{"train --eval-every 0", []string{"report.eval_every 0 must be at least 1"}},
		{"eval run --split train", []string{"--split", "expected test or val"}},
		{"train --width 9000000000000000000", []string{"width 9000000000000000000", "at most 4096"}},
		{"train --encoder vit --depth 900000000", []string{"depth 900000000", "at most 256"}},
		{"train --batch 9000000000000000000", []string{"batch 9000000000000000000", "at most 65536"}},
		{"train --method byol --predictor 900000000", []string{"--predictor: found 900000000, expected a number in [0, 65536]"}},
		{"train --method swav --local-crops 900000000", []string{"--local-crops: found 900000000, expected a number in [0, 64]"}},
		{"train --method dino --teacher-temperature-start 0.9", []string{"teacher_temperature_start 0.9 needs a teacher_warmup"}},
		{"train --method cmc --variant color", []string{"variant color: found images of 1×28×28, expected 3 channels: red, green and blue"}},
		{"train --method cmc --variant colour", []string{`--variant: found "colour", expected crops or color`}},
		{"train --method cpc --encoder resnet18", []string{"method cpc: the places of encoder resnet18 see more than a patch, expected patchnet"}},
		{"train --method cpc --nearest 40", []string{"method cpc: found views of 6 rows of patches, expected more than nearest 40"}},
		{"train --method infomax --variant color", []string{`--variant: found "color", expected linsker or imax`}},
		{"train --method moco --queue 0", []string{"--queue: found 0, expected a number in [1, 16777216]"}},
		{"train --lr 1e300", []string{"lr 1e+300 must be positive and less than 1e6"}},
		{"train --kappa 1e300", []string{"--kappa: found 1e+300, expected a number in (0, 1e9)"}},
		{"train --threads 0", []string{"--threads: found 0, expected at least 1"}},
		{"train --seed -1", []string{`--seed: found "-1", expected a whole number, not negative; usage: `}},
		{"train --kappa -1", []string{"--kappa: found -1, expected a number in (0, 1e9)"}},
		{"train --kappa much", []string{"--kappa", `"much"`}},
		{"train --er-self maybe", []string{"--er-self", "include", "exclude"}},
		{"train --temperature 0.1", []string{"--temperature: means nothing to method simclr-er", "kappa"}},
		{"train --method simclr --kappa 5", []string{"--kappa: means nothing to method simclr", "temperature"}},
		{"train --method simclr --ema 0.9", []string{"--ema: means nothing to method simclr", "temperature"}},
		{"train --method byol --ema 1.5", []string{"ema", "1.5"}},
		{"train --method swav --predictor 64", []string{"--predictor: means nothing to method swav", "prototypes"}},
		{"train --method er --space plane --reconstruction vmf", []string{"reconstruction vmf is a density on the sphere", "--reconstruction gaussian"}},
		{"train --method er --entropy sigreg", []string{"--space plane would do"}},
		{"train --method infomax --variant imax --kappa 3", []string{"--kappa: found 3, which means nothing to variant imax"}},
		{"train --method er --entropy knn --er-self exclude", []string{"er_self exclude means nothing to entropy knn"}},
		{"train --method moco --queue 16", []string{"queue 16", "batch"}},
		{"train --method deepcluster --prototypes 6000", []string{"6000", "5800"}},
		{"train --resume", []string{"--resume needs --out", "usage: entrec train [flags]"}},
		{"train --config /nothing/there.json", []string{"/nothing/there.json"}},
		{"train more", []string{`unknown command "more"`}},
		{"bench step --steps 0", []string{"steps 0 must be at least 1"}},
		{"bench step --steps 9223372036854775807", []string{"steps 9223372036854775807", "at most 1048576"}},
		{"bench step --width 9000000000000000000", []string{"width 9000000000000000000", "at most 4096"}},
		{"bench step --init nope.safetensors", []string{"--init: ", "nope.safetensors: no such file"}},
		{"bench step --data /nonexistent", []string{`unknown data set "/nonexistent"`, "expected a name (fashion-mini"}},
		{"bench step --set data=cifar-10", []string{`unknown data set "cifar-10"`, "did you mean cifar10?"}},
		{"bench step --subset 50001", []string{"found 50001 images asked for, expected 1 to 50000"}},
		{"bench step --holdout 0.9 --subset 5001", []string{"found 5001 images asked for, expected 1 to 5000"}},
		{"bench step --batch 4 --subset 3", []string{"batch 4", "the 3 training images"}},
		{"bench views --views 9223372036854775807", []string{"--views 9223372036854775807", "at most 1073741824"}},
		{"bench views --views 0", []string{"--views 0"}},
		{"bench views --threads 0", []string{"--threads 0"}},
		{"eval", []string{"1 arg"}},
		{"eval a b", []string{"1 arg"}},
		{"eval --threads 0 run", []string{"--threads: found 0"}},
		{"embed run", []string{`--out: found ""`, ".safetensors", ".npy", "usage: entrec embed RUN --out FILE [flags]"}},
		{"embed run --out features.tsv", []string{`"features.tsv"`, ".safetensors", ".npy"}},
		{"export run", []string{"--out: found nothing, expected the file to write", "usage: entrec export RUN --out FILE [flags]"}},
		{"train --data cifar-10", []string{`unknown data set "cifar-10"`, "did you mean cifar10?"}},
		{"eval run --dta x", []string{"unknown flag --dta; did you mean --data?", "usage: entrec eval RUN [flags]"}},
		{"train --method simclrer", []string{"did you mean simclr-er?"}},
		{"train --set model.method=byl", []string{`method "byl" is unknown`, "did you mean byol?"}},
		{"train --encoder resnet", []string{`encoder "resnet" is unknown`, "did you mean resnet18 or resnet34 or resnet50?"}},
		{"train --optimizer adam", []string{`optimizer "adam" is unknown`, "did you mean adamw?"}},
		{"methods byo", []string{`method "byo" is unknown`, "did you mean byol?"}},
		{"eval run --threads many", []string{`--threads: found "many", expected a whole number; usage: entrec eval RUN [flags]`}},
		{"train --no-eval=perhaps", []string{`--no-eval: found "perhaps", expected true or false`}},
		{"golden check suite --timeout soon", []string{`--timeout: found "soon", expected a time such as 1m30s`}},
		{"golden check suite", []string{"expected either --exec or --backend; usage: entrec golden check [DIR] [flags]"}},
		{"train --out", []string{"--out: found nothing, expected a value; usage: entrec train [flags]"}},
		{"train -x", []string{"'x'", "usage: entrec train [flags]"}},
		{"help trian", []string{"unknown command entrec trian; did you mean train?", "usage: entrec help"}},
		{"help golden nothing", []string{"unknown command entrec golden nothing"}},
		{"help train more", []string{"unknown command entrec train more"}},
		{"completion bsh", []string{"unknown command entrec completion bsh; did you mean bash or zsh?"}},
		{"golden chek suite", []string{"did you mean check?"}},
		{"train --resume --overwrite --out x", []string{"expected one of them", "usage: entrec train [flags]"}},
		{"train --set epochs=null", []string{"epochs: found null, expected a whole number"}},
		{"train --set recipe=null", []string{"recipe: found null, expected an object"}},
		{"train --set data=5", []string{"data: found 5, expected a name"}},
		{"train --set model.method=7", []string{"model.method: found 7, expected a name"}},
		{"train --set images=7", []string{"--set: images: found a value, expected none"}},
		{"train --set extended=[]", []string{"--set: extended: found a value, expected none"}},
		{"train --set epochs.x=1", []string{"epochs.x: there is no such field: epochs is a whole number"}},
		{"train --set views.0=5", []string{"views.0: found 5, expected an object"}},
		{"train --set views.*.mean=[1,2,3]", []string{"mean"}},
		{"train --set =1", []string{`--set: found "", expected a path`}},
		{"compare", []string{"at least 1 arg"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			root := newRoot(strings.Fields(c.args), &stdout)
			root.SetErr(&stderr)
			root.SetArgs(strings.Fields(c.args))
			err := root.ExecuteContext(t.Context())
			require.Error(t, err)
			require.Equal(t, exitUsage, exitCode(err), err)
			require.Empty(t, stdout.String())
			for _, w := range c.words {
				require.Contains(t, oneLine(err), w)
			}
		})
	}
	// The same from outside.
	require.Contains(t, refuses(t, exitUsage, "train", "--nothing"), "unknown flag --nothing")
	require.Contains(t, refuses(t, exitUsage, "train", "--method", "nothing"), strings.Join(methods, ", "))
	require.Contains(t, refuses(t, exitUsage, "train", "--batch", "9999"), "batch 9999")
	require.Contains(t, refuses(t, exitUsage, "train", "--method", "moco", "--views", "3"), "--views: found 3, expected the 2 of method moco")
	require.Contains(t, refuses(t, exitUsage, "train", "--method", "simclr", "--views", "1"), "--views: found 1, expected 2 to 64")
	require.Contains(t, refuses(t, exitUsage, "train", "--views", "many"), "--views: found ")
	require.Contains(t, refuses(t, exitUsage, "train", "--bag", "-1"), "report.bag -1 must be at least 0 and at most 4096")
	require.Contains(t, refuses(t, exitUsage, "train", "--bag", "some"), `--bag: found "some", expected a whole number`)
	require.Contains(t, refuses(t, exitUsage, "train", "--keep-predictions=some"), `--keep-predictions: found "some", expected true or false`)
	require.Contains(t, refuses(t, exitUsage, "train", "--keep-predictions", "--no-eval"), "--keep-predictions: found true without evaluations, expected report.evaluate on")
	require.Contains(t, refuses(t, exitUsage, "eval", "nowhere", "--bag", "4097"), "--bag: found 4097, expected 0 to 4096")
	require.Contains(t, refuses(t, exitUsage, "eval", "nowhere", "--bag", "some"), "--bag")
}

func TestInfoAndMethods(t *testing.T) {
	o := object(t, succeeds(t, "info", "--json"))
	require.Equal(t, []string{"cpu", "go", "simd", "threads", "version"}, keys(o))
	text := succeeds(t, "info")
	require.Contains(t, text, o["simd"].(string))
	require.Contains(t, text, o["version"].(string))

	listed := object(t, succeeds(t, "methods", "--json"))["methods"].([]any)
	table := succeeds(t, "methods")
	require.Len(t, listed, len(mvssl.Rows()))
	for i, r := range mvssl.Rows() {
		described := listed[i].(map[string]any)
		require.Equal(t, r.Name, described["name"])
		for _, list := range []string{"hyperparameters", "parameters"} { // of mmcr without elements
			require.NotNil(t, described[list], "%s of %s", list, r.Name)
			require.Len(t, described[list], len(r.Describe()), "%s of %s", list, r.Name)
		}
		require.Contains(t, table, r.Objective)
		page := succeeds(t, "methods", r.Name)
		for _, paper := range strings.Split(r.Paper, "; ") {
			require.Contains(t, page, paper)
		}
		help := succeeds(t, "train", "--method", r.Name, "--help")
		for _, p := range r.Describe() {
			require.Contains(t, page, "--"+p.Flag())
			require.Contains(t, help, "--"+p.Flag())
		}
		for line := range strings.Lines(page + help) {
			require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), helpWidth, line)
		}
	}
	require.Contains(t, refuses(t, exitUsage, "methods", "nothing"), `method "nothing" is unknown: there are simclr`)
}

// TestAutoFlags: auto is a value of every parameter that can be left to the method, and that
// of a flag that is not given where it is the default.
func TestAutoFlags(t *testing.T) {
	resolved := func(method string, args ...string) train.Config {
		var f runFlags
		cmd := &cobra.Command{}
		f.add(cmd, method)
		f.addMethod(cmd, method)
		require.NoError(t, cmd.ParseFlags(append([]string{"--method", method}, args...)))
		r, err := f.request()
		require.NoError(t, err, "%s %v", method, args)
		cfg, err := train.ResolveFor(r, train.BenchSource())
		require.NoError(t, err, "%s %v", method, args)
		return cfg
	}
	tested := 0
	for _, row := range mvssl.Rows() {
		for _, p := range row.Describe() {
			if p.Auto == "" {
				continue
			}
			cfg := resolved(row.Name, "--"+p.Flag(), mvssl.Auto)
			if p.Default == mvssl.Auto {
				require.Equal(t, resolved(row.Name), cfg, "%s --%s", row.Name, p.Flag())
			}
			tested++
		}
	}
	require.Greater(t, tested, 10)
	require.Contains(t, refuses(t, exitUsage, "train", "--method", "byol", "--predictor", "auto"), `found "auto", expected a whole number`)
}

func TestBench(t *testing.T) {
	o := object(t, succeeds(t, "bench", "views", "--views", "50", "--threads", "1", "--json"))
	require.Equal(t, []string{"images_per_second"}, keys(o))
	require.Greater(t, o["images_per_second"], 0.0)
	require.Regexp(t, `^\d+ views/s\n$`, succeeds(t, "bench", "views", "--views", "50"))

	step := []string{"bench", "step", "--encoder", "convnet", "--width", "4", "--batch", "4", "--steps", "2"}
	o = object(t, succeeds(t, append(step, "--json")...))
	require.Equal(t, []string{"allocs_per_step", "bytes_per_step", "images_per_second", "loss", "ms_per_step", "peak_rss_bytes"}, keys(o))
	require.Contains(t, succeeds(t, step...), "images/s")

	// A data set is told to be another than what is measured. That of a configuration may be gone.
	elsewhere := filepath.Join(t.TempDir(), "config.json")
	require.NoError(t, os.WriteFile(elsewhere, []byte(`{"data":"/elsewhere/images"}`), 0o644))
	for _, given := range [][]string{{"--data", "fashion-mini"}, {"--data", "cifar10"}, {"--data", filepath.Dir(elsewhere)}, {"--config", elsewhere}} {
		r := entrec(t, append(append(step, "--json"), given...)...)
		require.Equal(t, exitDone, r.code, r.stderr)
		require.Equal(t, o["loss"], object(t, r.stdout)["loss"])
		require.Contains(t, r.stderr, "images are made up, 3×32×32 or of --size, and not those of ")
	}
	require.NotEqual(t, o["loss"], object(t, succeeds(t, append(step, "--json", "--size", "16")...))["loss"])
	require.Empty(t, entrec(t, step...).stderr)

	dir := t.TempDir()
	succeeds(t, append(step, "--cpuprofile", dir+"/cpu", "--trace", dir+"/trace")...)
	for name, magic := range map[string]string{"cpu": "\x1f\x8b", "trace": "go 1."} {
		content, err := os.ReadFile(dir + "/" + name)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(content), magic), "%s: %.8q", name, content)
	}
	require.Contains(t, refuses(t, exitFailed, append(step, "--trace", dir+"/no/trace")...), "no/trace")
}

// Run folders, data sets by their names, and the values of enums are completed.
func TestCompletionOfValues(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, run := range []string{"runs/a", "runs/b", "runs/sweep/c", "elsewhere/d"} {
		put(t, run, "config.json", []byte("{}"))
	}
	put(t, "runs/no-run", "notes.txt", nil)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"eval", ""}, []string{"runs/a", "runs/b", "runs/sweep/c", "elsewhere/d"}},
		{[]string{"eval", "ru"}, []string{"runs/a", "runs/b", "runs/sweep/c"}},
		{[]string{"export", "runs/s"}, []string{"runs/sweep/c"}},
		{[]string{"compare", "runs/a", "runs/"}, []string{"runs/b", "runs/sweep/c"}},
		{[]string{"train", "--out", "else"}, []string{"elsewhere/d"}},
		{[]string{"eval", "nothing"}, nil},
		{[]string{"train", "--data", "cifar"}, []string{"cifar10", "cifar100", "cifar100-coarse"}},
		{[]string{"eval", "--data", "fashion"}, []string{"fashion-mini", "fashion-mnist"}},
		{[]string{"train", "--er-self", ""}, []string{"include", "exclude"}},
		{[]string{"train", "--method", "byol", "--ema-schedule", ""}, []string{"cosine", "constant"}},
		{[]string{"eval", "--split", ""}, []string{"test", "val"}},
		{[]string{"methods", "simclr"}, []string{"simclr", "simclr-er"}},
		{[]string{"golden", "answer", "--backend", ""}, []string{"f64", "f32", "naive"}},
		{[]string{"golden", "check", "--profile", ""}, []string{"f32", "tf32", "bf16", "f16", "f64"}},
		{[]string{"golden", "check", "--mode", ""}, []string{"folder", "file", "server"}},
		{[]string{"mi", "--critic", ""}, []string{"separable", "bilinear", "concat", "vmf", "normal"}},
		{[]string{"mi", "--task", "student-1"}, []string{"student-1-1"}},
	} {
		lines := strings.Split(strings.TrimSpace(succeeds(t, append([]string{"__complete"}, c.args...)...)), "\n")
		var got []string
		for _, line := range lines[:len(lines)-1] { // the last one says what else to complete
			name, _, _ := strings.Cut(line, "\t")
			if strings.HasPrefix(name, c.args[len(c.args)-1]) { // shells drop the others
				got = append(got, name)
			}
		}
		require.ElementsMatch(t, c.want, got, "%v", c.args)
	}
}
