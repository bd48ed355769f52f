package command

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSweepKilled makes a sweep of 24 runs, two at a time, which is killed ten times, by
// itself or with the runs that it makes, and goes on: its table is to the last digit that
// of one in peace.
func TestSweepKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	t.Parallel()
	file := tinySweep(t, `"epochs": 2`, `"epochs": 10`, `"seeds": [0, 1]`, `"seeds": [0, 1, 2, 3, 4, 5]`)
	peace, out := filepath.Join(t.TempDir(), "peace"), filepath.Join(t.TempDir(), "killed")
	succeeds(t, "sweep", "run", file, "--all", "--jobs", "2", "--out", peace)
	rng := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for range 10 {
		cmd := command(t, "sweep", "run", file, "--all", "--jobs", "2", "--out", out)
		require.NoError(t, cmd.Start())
		time.AfterFunc(time.Duration(rng.IntN(1500))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		if cmd.Wait() != nil {
			killed++
		}
		if rng.IntN(2) == 0 {
			killAll("sweep", out)
		}
	}
	t.Logf("%d killed before their end", killed)
	succeeds(t, "sweep", "run", file, "--all", "--jobs", "2", "--out", out)
	table := func(dir string) string { return succeeds(t, "sweep", "table", file, "--csv", "--out", dir) }
	require.Equal(t, table(peace), table(out))
}

// killAll kills all processes whose arguments contain words.
func killAll(words ...string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		text, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		meant := true
		for _, w := range words {
			meant = meant && strings.Contains(string(text), w)
		}
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && meant {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// TestSweepTwice: of two processes at one run, one makes it, and the other says so.
func TestSweepTwice(t *testing.T) {
	t.Parallel()
	file := tinySweep(t, `"epochs": 2`, `"epochs": 60`)
	peace, out := filepath.Join(t.TempDir(), "peace"), filepath.Join(t.TempDir(), "twice")
	succeeds(t, "sweep", "run", file, "--index", "0", "--out", peace)
	results := make([]result, 4)
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() { results[i] = entrec(t, "sweep", "run", file, "--index", "0", "--out", out) })
	}
	wait.Wait()
	done := 0
	for _, r := range results {
		switch r.code {
		case exitDone:
			done++
		case exitHeld:
			require.Contains(t, r.stderr, "held by ")
		default:
			require.Fail(t, "another exit code", "%d: %s", r.code, r.stderr)
		}
	}
	require.Positive(t, done)
	table := func(dir string) string { return succeeds(t, "sweep", "table", file, "--csv", "--out", dir) }
	require.Equal(t, table(peace), table(out))
}

// TestSweepChildKilled: a run that is killed under sweep run --all is told to have been, also
// by its folder, until an attempt makes progress.
func TestSweepChildKilled(t *testing.T) {
	t.Parallel()
	file, out := tinySweep(t, `"epochs": 2`, `"epochs": 3000`, `"seeds": [0, 1]`, `"seeds": [0]`, `"simclr", "simclr-er"`, `"simclr"`, `[16, 32]`, `[16]`, `, "compare": [["simclr-er", "simclr"]]`, ""), filepath.Join(t.TempDir(), "runs")
	cmd := command(t, "sweep", "run", file, "--all", "--jobs", "1", "--out", out)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	var holder struct{ Process int }
	for holder.Process == 0 { // until the run is begun
		found, err := filepath.Glob(filepath.Join(out, "0000-*", "lock.json"))
		require.NoError(t, err)
		if len(found) > 0 {
			text, err := os.ReadFile(found[0])
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &holder))
		}
		time.Sleep(time.Millisecond)
	}
	require.NotEqual(t, cmd.Process.Pid, holder.Process)
	require.NoError(t, syscall.Kill(holder.Process, syscall.SIGKILL))
	require.Error(t, cmd.Wait())
	require.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
	const why = "simclr batch=16, seed 0: ended by signal: killed (out of memory?)\n"
	require.Contains(t, stderr.String(), "1 of 1 failed: run 0, "+why)
	require.Contains(t, stderr.String(), "1 of 1 runs failed, the first: run 0, "+why)
	status := func() string { return entrec(t, "sweep", "status", file, "--out", out).stdout }
	require.Contains(t, status(), "   0  failed ")
	require.Contains(t, status(), ": ended by signal: killed (out of memory?)\n")
	left, err := filepath.Glob(filepath.Join(out, "0000-*", "lock*"))
	require.NoError(t, err)
	require.Empty(t, left)

	r := stopped(t, 1, os.Interrupt, 0, "sweep", "run", file, "--index", "0", "--out", out)
	require.Equal(t, exitInterrupted, r.code, r.stderr)
	require.Contains(t, status(), "   0  interrupted ")
}

// TestReason: only an error that a process said is why it ended.
func TestReason(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"echo progress >&2; echo entrec: no room >&2; exit 1", "no room"},
		{"echo 'epoch 3  loss 1.5' >&2; exit 1", "ended by exit status 1"},
		{"exit 2", "ended by exit status 2"},
		{"kill -TERM $$", "ended by signal: terminated"},
		{"kill -KILL $$", "ended by signal: killed (out of memory?)"},
	} {
		cmd := exec.Command("sh", "-c", test.script)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		require.Error(t, cmd.Run())
		require.Equal(t, test.want, reason(cmd.ProcessState, stderr.String()), test.script)
	}
}

// TestTimeNearlyUp: a run that SIGUSR1 ends leaves a checkpoint, and is to be run again.
func TestTimeNearlyUp(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "run")
	args := tinyRun(tiny(t), out, "--epochs", "50")
	r := stopped(t, 1, syscall.SIGUSR1, 0, args...)
	if r.code == exitDone {
		t.Skip("it ended before the signal came")
	}
	require.Equal(t, exitAgain, r.code, r.stderr)
	require.Contains(t, r.stderr, "time is nearly up")
	require.FileExists(t, filepath.Join(out, "checkpoint.safetensors"))
	succeeds(t, append(args, "--resume")...)
}
