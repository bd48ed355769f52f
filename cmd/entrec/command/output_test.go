//go:build unix

package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// printing returns the arguments of commands that print, each kind once, and what they
// leave, if anything.
func printing(t testing.TB) (commands [][]string, leaves map[string]string) {
	t.Helper()
	data, dir := tiny(t), t.TempDir()
	run := filepath.Join(dir, "run")
	succeeds(t, tinyRun(data, run, "--epochs", "1")...)
	suite := filepath.Join(dir, "suite")
	require.NoError(t, os.CopyFS(suite, os.DirFS("../../../reference/testdata/golden/v1")))
	for _, line := range []string{
		"", "--version", "--help", "help train", "train --help", "train --method byol -h", "bench", "golden", "completion bash", "__complete train --",
		"methods", "methods byol", "methods --json", "info", "info --json", "eval " + run, "eval --json " + run,
		"embed " + run + " --out " + dir + "/x.npy", "export " + run + " --out " + dir + "/x.safetensors",
		"export --json " + run + " --out " + dir + "/x.safetensors",
		"compare " + run + " --out " + dir + "/plots", "compare --json " + run + " --out ",
		"bench views --views 10", "bench views --views 10 --cpuprofile " + dir + "/cpu", "bench step --encoder mlp --width 8 --batch 4 --steps 1", "bench step --json --encoder mlp --width 8 --batch 4 --steps 1",
		"golden check " + suite + " --backend naive --profile f64 --ops relu",
	} {
		commands = append(commands, strings.Split(line, " "))
		if line == "" {
			commands[len(commands)-1] = nil
		}
	}
	commands = append(commands, tinyRun(data, filepath.Join(dir, "new"), "--print-config"))
	for _, more := range [][]string{nil, {"--json"}} {
		commands = append(commands, tinyRun(data, filepath.Join(dir, "trained"+strings.Join(more, "")), append(more, "--epochs", "1")...))
	}
	return commands, map[string]string{"trained": filepath.Join(dir, "trained"), "trained --json": filepath.Join(dir, "trained--json")}
}

// TestFullOutput: each command ends with exit code 1 and one line where its standard
// output cannot be written, and has done its work all the same.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("SKIPPED: there is no /dev/full")
	}
	defer full.Close()
	commands, leaves := printing(t)
	for _, args := range commands {
		cmd := command(t, args...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &stderr
		_ = cmd.Run()
		require.Equal(t, exitFailed, cmd.ProcessState.ExitCode(), "%v: %s", args, stderr.String())
		require.True(t, strings.HasSuffix(stderr.String(), "entrec: standard output: no space left on device\n"), "%v: %s", args, stderr.String())
		require.Equal(t, 1, strings.Count(stderr.String(), "entrec: "), "%v", args)
	}
	for _, flag := range []string{"--cpuprofile", "--trace"} {
		message := refuses(t, exitFailed, "bench", "views", "--views", "10", "--json", flag, "/dev/full")
		require.Equal(t, "entrec: /dev/full: no space left on device", message)
	}
	for what, dir := range leaves {
		require.FileExists(t, filepath.Join(dir, "summary.json"), what)
		require.NoFileExists(t, filepath.Join(dir, "lock.json"), what)
	}
}

// TestClosedOutput: each command ends quietly where nobody reads its standard output any
// more, a training run not before its work is done; and a closed standard error ends
// none of them.
func TestClosedOutput(t *testing.T) {
	commands, leaves := printing(t)
	for _, args := range commands {
		read, write, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, read.Close())
		cmd := command(t, args...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = write, &stderr
		err = cmd.Run()
		require.NoError(t, write.Close())
		require.NoError(t, err, "%v: %s", args, stderr.String())
		require.NotContains(t, stderr.String(), "entrec: ", "%v", args)
	}
	for what, dir := range leaves {
		require.FileExists(t, filepath.Join(dir, "loss.svg"), what)
		read, write, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, read.Close())
		cmd := command(t, "train", "--out", dir, "--resume", "--epochs", "3")
		cmd.Stdout, cmd.Stderr = write, write
		require.NoError(t, cmd.Run(), what)
		require.NoError(t, write.Close())
		require.Contains(t, readFile(t, dir, "summary.json"), `"epochs": 3`)
	}
}
