package command

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/about"
	"entrec/mvssl/train"
)

// training starts a run that lasts, and returns once it makes its first steps. stop
// interrupts it and returns what it said.
func training(t testing.TB, args ...string) (cmd *exec.Cmd, stop func() string) {
	t.Helper()
	cmd = command(t, args...)
	pipe, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(pipe)
	var said strings.Builder
	for line := ""; !epochLine.MatchString(line); {
		line, err = lines.ReadString('\n')
		require.NoError(t, err, said.String())
		said.WriteString(line)
	}
	return cmd, func() string {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		rest, err := io.ReadAll(lines)
		require.NoError(t, err)
		_ = cmd.Wait()
		require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), string(rest))
		return said.String() + string(rest)
	}
}

// TestHeldFolder: while a process trains in a folder, no other does, however it is
// asked, and says who does; those that read are let in.
func TestHeldFolder(t *testing.T) {
	t.Parallel()
	data, out := tiny(t), filepath.Join(t.TempDir(), "my run")
	cmd, stop := training(t, tinyRun(data, out, "--epochs", "100000")...)
	for _, more := range [][]string{nil, {"--resume"}, {"--overwrite"}} {
		message := refuses(t, exitFailed, tinyRun(data, out, more...)...)
		require.Contains(t, message, filepath.Join(out, "lock.json")+": held by process "+fmt.Sprint(cmd.Process.Pid)+" on ")
	}
	require.Contains(t, succeeds(t, tinyRun(data, out, "--print-config")...), `"epochs": 5`)
	require.Contains(t, succeeds(t, tinyRun(data, out, "--print-config", "--resume", "--epochs", "200000")...), `"epochs": 200000`)
	said := stop()
	require.Regexp(t, `(?m)^entrec: interrupted (before the first step|at step \d+ of 600000); entrec train --out '`+out+`' --resume goes on$`, said)
	require.Equal(t, 1, strings.Count(said, "interrupted"), said)
	require.NoFileExists(t, filepath.Join(out, "lock.json"))
	require.Contains(t, refuses(t, exitUsage, tinyRun(data, out)...), "--out: "+out+" holds a run: --resume goes on with it, --overwrite replaces it")
	succeeds(t, tinyRun(data, out, "--overwrite", "--steps", "1")...)
}

// TestTwoAtOnce: of runs that begin at the same time, one has a folder that is named,
// and each a folder of its own where none is.
func TestTwoAtOnce(t *testing.T) {
	data := tiny(t)
	t.Chdir(t.TempDir())
	const n = 3
	for _, named := range []bool{true, false} {
		var codes [n]int
		var said [n]string
		var wait sync.WaitGroup
		for i := range n {
			args := tinyRun(data, "named", "--epochs", "30", "--seed", "1")
			if !named {
				args = slices.Delete(args, 3, 5)
			}
			cmd := command(t, args...)
			wait.Add(1)
			go func() {
				defer wait.Done()
				text, _ := cmd.CombinedOutput()
				codes[i], said[i] = cmd.ProcessState.ExitCode(), string(text)
			}()
		}
		wait.Wait()
		done := 0
		for i, code := range codes {
			if code == exitDone {
				done++
				continue
			}
			require.True(t, named, said[i])
			require.Contains(t, []int{exitFailed, exitUsage}, code, said[i])
			require.Regexp(t, `entrec: (named/lock.json: held by |--out: named holds a run: )`, said[i])
		}
		require.Equal(t, map[bool]int{true: 1, false: n}[named], done)
	}
	for _, dir := range []string{"named", "runs/simclr-er-tiny-1", "runs/simclr-er-tiny-1-2", "runs/simclr-er-tiny-1-3"} {
		require.FileExists(t, filepath.Join(dir, "summary.json"))
		require.NoFileExists(t, filepath.Join(dir, "lock.json"))
	}
}

// TestForeignFolder: a folder with a file of a run's name that is none is left alone.
func TestForeignFolder(t *testing.T) {
	t.Parallel()
	data := tiny(t)
	for name, text := range map[string]string{"config.json": `{"name": "theirs"}`, "metrics.jsonl": "{}", "knn.svg": "<svg/>"} {
		dir := t.TempDir()
		put(t, dir, name, []byte(text))
		for _, more := range [][]string{nil, {"--resume"}, {"--overwrite"}} {
			message := refuses(t, exitUsage, tinyRun(data, dir, more...)...)
			require.Contains(t, message, "--out: "+filepath.Join(dir, name)+" is not a run's: found ")
			require.Contains(t, message, "nothing in this folder is written over")
		}
		require.Equal(t, text, readFile(t, dir, name))
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1)
	}
}

// TestLockGoes: however a run ends, it leaves no lock.
func TestLockGoes(t *testing.T) {
	t.Parallel()
	data := tiny(t)
	for _, c := range []struct {
		code int
		more []string
	}{
		{exitDone, []string{"--steps", "1"}},
		{exitFailed, []string{"--lr", "9e5", "--steps", "1"}},
		{exitFailed, []string{"--trace", "/nothing/there/trace"}},
	} {
		out := filepath.Join(t.TempDir(), "run")
		r := entrec(t, tinyRun(data, out, c.more...)...)
		require.Equal(t, c.code, r.code, r.stderr)
		require.NoFileExists(t, filepath.Join(out, "lock.json"))
	}
}

// TestPrintConfig: what is printed is what config.json would be, and nothing is written.
func TestPrintConfig(t *testing.T) {
	data := tiny(t)
	t.Chdir(t.TempDir())
	for i, more := range [][]string{
		nil, {"--method", "byol", "--seed", "5"}, {"--holdout", "0.25", "--subset", "50"}, {"--no-eval", "--log-every", "3"},
		{"--method", "dino", "--local-crops", "2", "--set", "views.*.flip=0", "--set", "views.1.crop.scale_max=0.125"},
		{"--set", "recipe.warmup=0.2", "--set", "recipe.warmup=0.3", "--set", "recipe.clip=null", "--set", "steps=1"},
		{"--set", `model.encoder={"name":"mlp","width":8}`, "--set", "views.0.mean=[0.5]", "--set", "precision=f64"},
	} {
		out := fmt.Sprint("run", i)
		args := tinyRun(data, out, append(more, "--epochs", "1")...)
		printed := succeeds(t, append(args, "--print-config")...)
		require.NoDirExists(t, out)
		require.NoDirExists(t, "runs")
		succeeds(t, args...)
		require.Equal(t, readFile(t, out, train.ConfigFile), printed, "%v", more)
		longer := []string{"train", "--out", out, "--resume", "--epochs", "2"}
		before := readFile(t, out, train.ConfigFile)
		printed = succeeds(t, append(longer, "--print-config")...)
		require.Equal(t, before, readFile(t, out, train.ConfigFile))
		succeeds(t, longer...)
		require.Equal(t, readFile(t, out, train.ConfigFile), printed, "%v", more)
	}
	text := succeeds(t, "train", "--set", "recipe.warmup=0.2", "--set", "recipe.warmup=0.3", "--set", "views.*.flip=0", "--set", "report.evaluate=off",
		"--set", "recipe.clip=2.5", "--set", `views.0.blur={"probability":0.125}`, "--print-config")
	for _, want := range []string{`"warmup": 0.3`, `"flip": 0`, `"evaluate": "off"`, `"clip": 2.5`, `"probability": 0.125`} {
		require.Contains(t, text, want)
	}
}

// TestResumeLonger: more epochs or more steps make a run longer, fewer are refused,
// wherever they are asked for.
func TestResumeLonger(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	out := filepath.Join(dir, "run")
	succeeds(t, tinyRun(data, out, "--resume", "--epochs", "2")...) // where there is nothing, it begins
	put(t, dir, "four.json", []byte(`{"epochs": 4}`))
	put(t, dir, "three.json", []byte(`{"epochs": 3}`))
	put(t, dir, "lr.json", []byte(`{"recipe": {"lr": 0.5}}`))
	put(t, dir, "other.json", []byte(`{"model": {"method": "simclr"}}`))
	resume := func(more ...string) []string { return append([]string{"train", "--out", out, "--resume"}, more...) }
	for _, c := range []struct {
		more  []string
		steps float64
	}{
		{[]string{"--steps", "15"}, 15}, // more than the two epochs' 12
		{[]string{"--epochs", "3"}, 18},
		{[]string{"--config", filepath.Join(dir, "four.json")}, 24},
		{[]string{"--set", "steps=25"}, 25},
		{nil, 25},
	} {
		require.Equal(t, c.steps, object(t, succeeds(t, append(resume(c.more...), "--json")...))["steps"], "%v", c.more)
	}
	_, stop := training(t, resume("--epochs", "100000")...)
	stop()
	require.NoFileExists(t, filepath.Join(out, "summary.json"), "of the run as it was before")
	require.Contains(t, succeeds(t, "compare", out, "--out", ""), "not ended")
	require.NoError(t, os.RemoveAll(out))
	succeeds(t, tinyRun(data, out, "--epochs", "5", "--steps", "25")...)
	for _, c := range []struct{ flags, words string }{
		{"--epochs 4", "found 24 steps, expected the run's 25 or more"},
		{"--steps 24", "found 24 steps"},
		{"--set epochs=1", "found 6 steps"},
		{"--config " + filepath.Join(dir, "three.json"), "found 18 steps"},
		{"--config " + filepath.Join(dir, "lr.json"), "recipe.lr: found 0.5, expected 0.06"},
		{"--config " + filepath.Join(dir, "other.json"), `model.method: found "simclr", expected "simclr-er"`},
		{"--set views.*.flip=0", "views.0.flip: found 0, expected 0.5"},
		{"--set views.*.mean=[0.25]", "views.0.mean.0: found 0.25, expected 0."},
		{"--method byol", `model.method: found "byol", expected "simclr-er"`},
		{"--views 3", "views.0.count: found 3, expected 2"},
		{"--encoder vit --set model.encoder.patch=4", `model.encoder.name: found "vit", expected "convnet"`},
		{"--optimizer lars", `recipe.optimizer: found "lars", expected "`},
		{"--probe online", `probe: found "online", expected "none"`},
		{"--subset 50", "subset: found 50, expected null"},
	} {
		message := refuses(t, exitUsage, resume(strings.Fields(c.flags)...)...)
		require.Contains(t, message, out+" cannot be resumed otherwise than it began: "+c.words)
		require.Less(t, len(message), len(out)+120)
	}
}

// TestRemedy: advice after numbers that are no longer finite fits the method and the
// cause.
func TestRemedy(t *testing.T) {
	t.Parallel()
	data := tiny(t)
	for _, method := range []string{"simclr", "vicreg", "barlow-twins", "align-uniform", "simclr-er"} {
		message := refuses(t, exitFailed, tinyRun(data, filepath.Join(t.TempDir(), "run"), "--encoder", "mlp", "--width", "8", "--batch", "4",
			"--method", method, "--lr", "9e5", "--steps", "1")...)
		require.Contains(t, message, method+", step 1: ")
		require.Contains(t, message, "; try a smaller --lr (it is 900000, by default ")
		require.NotContains(t, message, "temperature")
	}
}

// TestHelpOfTheMethod: help is that of the method that is asked for, with its defaults.
func TestHelpOfTheMethod(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "byol.json", []byte(`{"model": {"method": "byol"}}`))
	out := filepath.Join(dir, "run")
	succeeds(t, tinyRun(tiny(t), out, "--method", "byol", "--steps", "1")...)
	for _, args := range [][]string{
		{"train", "--method", "byol"}, {"train", "--method=byol"}, {"train", "--config", filepath.Join(dir, "byol.json")},
		{"train", "--out", out, "--resume"}, {"train", "--resume=true", "--out=" + out}, {"train", "--set", "model.method=byol"},
		{"bench", "step", "--method", "byol"}, {"bench", "step", "--set=model.method=byol"},
	} {
		for _, help := range []string{"--help", "-h"} {
			text := succeeds(t, append(args, help)...)
			require.Contains(t, text, "Method byol:", "%v", args)
			require.Contains(t, text, "--ema ")
		}
	}
	require.Contains(t, succeeds(t, "train", "--out", out, "--help"), "Method simclr-er:")
	require.Contains(t, succeeds(t, "--version"), about.Version)
}
