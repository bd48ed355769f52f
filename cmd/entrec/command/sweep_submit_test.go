package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// submits prints what submits the runs of a sweep, by a program of its own: that of go test
// goes when the test ends, and is not submitted. It returns what it prints, and what it says.
func submits(t *testing.T, args ...string) (script, said string) {
	self, err := os.Executable()
	require.NoError(t, err)
	text, err := os.ReadFile(self)
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), filepath.Base(self))
	syscall.ForkLock.RLock() // what another test starts meanwhile would have it open for writing, and it could not be run
	err = os.WriteFile(program, text, 0o755)
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
	cmd := exec.Command(program, append([]string{"sweep", "submit"}, args...)...)
	cmd.Env = append(os.Environ(), asEntrec+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), stderr.String())
	return stdout.String(), stderr.String()
}

// TestSubmitParts: of a sweep of two arrays, that is printed which has missing runs.
func TestSubmitParts(t *testing.T) {
	t.Parallel()
	var seeds []string
	for i := range 1002 {
		seeds = append(seeds, fmt.Sprint(i))
	}
	file, out := tinySweep(t, `[0, 1]`, "["+strings.Join(seeds, ",")+"]", `["simclr", "simclr-er"], "grid": {"batch": [16, 32]}`, `["simclr"]`, `, "compare": [["simclr-er", "simclr"]]`, ""), filepath.Join(t.TempDir(), "runs")
	all, said := submits(t, "--slurm", file, "--out", out)
	require.Contains(t, all, "#SBATCH --array=0-999\n")
	require.Contains(t, said, "part 0 of 0-1: --part N prints the others\n")

	var plan struct {
		Runs []struct {
			Folder string
			Config json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, "sweep", "plan", file, "--json")), &plan))
	for _, r := range plan.Runs[:1001] {
		var c struct {
			Model struct{ Method string }
			Seed  int
		}
		require.NoError(t, json.Unmarshal(r.Config, &c))
		summary := fmt.Sprintf(`{"method": %q, "seed": %d}`, c.Model.Method, c.Seed)
		dir := filepath.Join(out, r.Folder)
		require.NoError(t, os.Mkdir(dir, 0o755))
		for name, text := range map[string]string{"config.json": string(r.Config), "metrics.jsonl": "", "summary.json": summary} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		}
	}
	for _, part := range [][]string{nil, {"--part", "1"}} {
		script, said := submits(t, append([]string{"--slurm", "--missing", file, "--out", out}, part...)...)
		require.Contains(t, script, "#SBATCH --array=1\n")
		require.Contains(t, script, " --index $((1000 + SLURM_ARRAY_TASK_ID)) ")
		require.NotContains(t, said, "part")
	}
	require.Contains(t, refuses(t, exitUsage, "sweep", "submit", "--slurm", "--missing", file, "--out", out, "--part", "0"), "--part: found 0, of which no run is missing, expected one of 1")
	require.Contains(t, refuses(t, exitUsage, "sweep", "submit", "--slurm", file, "--out", out, "--part", "2"), "--part: found 2, expected 0 to 1")
}

// TestSubmitData: runs are told where the data are and how they are read, as they are by
// sweep run --all.
func TestSubmitData(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t), filepath.Join(t.TempDir(), "runs")
	moved := filepath.Join(t.TempDir(), "moved data")
	require.NoError(t, os.CopyFS(moved, os.DirFS(dataOf(t, file))))
	flags := []string{file, "--out", out, "--data", moved, "--skip-bad", "--memory", "1G"}
	for scheduler, want := range map[string]string{
		"--slurm":    " --data '" + moved + "' --skip-bad --memory 1073741824\n",
		"--parallel": " --data '" + moved + "' --skip-bad --memory 1073741824 ::: 0 1 2 3 4 5 6 7\n",
		"--k8s":      `, "--data", "/data", "--skip-bad", "--memory", "1073741824"]`,
	} {
		script, _ := submits(t, append([]string{scheduler, "--image", "example.org/entrec"}, flags...)...)
		require.Contains(t, script, want)
	}
}

// TestSubmitMissing: the job of Kubernetes that makes what is missing is another than the first,
// which has ended and would not be begun again.
func TestSubmitMissing(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t), filepath.Join(t.TempDir(), "runs")
	job := func(args ...string) (name, script string) {
		script, _ = submits(t, append([]string{"--k8s", "--image", "example.org/entrec", file, "--out", out}, args...)...)
		_, name, _ = strings.Cut(script, "\n  name: ")
		name, _, _ = strings.Cut(name, "\n")
		return name, script
	}
	whole, _ := job()
	same, script := job("--missing") // all are
	require.Equal(t, whole, same)
	require.NotContains(t, script, "# Missing are")
	succeeds(t, "sweep", "run", file, "--index", "1", "--out", out)
	name, script := job("--missing")
	require.Regexp(t, "^"+whole+"-[0-9a-f]{8}$", name)
	require.Contains(t, script, "# Missing are 0,2-")
	require.Equal(t, 3, strings.Count(script, name)) // the job, and its ConfigMap where it is made and used
	all, script := job()
	require.Equal(t, whole, all)
	require.NotContains(t, script, "# Missing are")
}
