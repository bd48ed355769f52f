package command

import (
	"math/rand/v2"
	"os"
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
