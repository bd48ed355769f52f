//go:build amd64 || arm64

package train_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// victimVariable names to [TestVictim], out of those of [configs], the run to make;
// outVariable is its folder.
const victimVariable = "ENTREC_TEST_VICTIM"

// TestVictim is no test by itself: [killed] starts it in a process of its own.
func TestVictim(t *testing.T) {
	name := os.Getenv(victimVariable)
	if name == "" {
		t.Skip("started by TestKilledWriting, TestKilledReplacing")
	}
	s := split()
	out := os.Getenv(outVariable)
	require.NoError(t, beTraced())
	_, err := os.Stat(filepath.Join(out, "notes.txt")) // beside a run that is to be replaced
	_, err = train.Run(context.Background(), configOf(t, name, s), s, train.Options{Out: out, Overwrite: err == nil, Now: ticking(time.Minute)})
	require.NoError(t, err)
}

// configOf returns the one of configs that has a name.
func configOf(t testing.TB, name string, s *data.Split) train.Config {
	t.Helper()
	names, all := configs(t, s)
	at := slices.Index(names, name)
	require.GreaterOrEqual(t, at, 0, name)
	return all[at]
}

// TestKilledWriting kills the toy, which uses all that a method can, at each system
// call that changes its folder: before the call and, where it writes, half-way.
func TestKilledWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	s := split()
	want := whole(t, configOf(t, "toy", s), s)
	calls := killed(t, "toy", filepath.Join(t.TempDir(), "run"), func([]string) bool { return false }, false)
	// How a file is replaced; were it done by other calls, they might be missed here.
	const temporary = " .checkpoint.safetensors.*"
	first := slices.Index(calls, "renameat checkpoint.safetensors")
	before := slices.Compact(slices.Clone(calls[:first])) // many writes, one after another
	require.Equal(t, []string{"fsync metrics.jsonl", "openat" + temporary, "write" + temporary, "fsync" + temporary, "fchmod" + temporary}, before[len(before)-5:])
	// The second one keeps the first.
	second := first + 1 + slices.Index(calls[first+1:], "renameat checkpoint.safetensors")
	const previous = " checkpoint.previous.safetensors"
	require.Equal(t, []string{"unlinkat" + previous, "linkat" + previous}, calls[second-2:second])
	for n, call := range calls {
		at := func(made []string) bool { return len(made) == n+1 }
		requireResumes(t, "toy", s, want, at, false)
		if strings.HasPrefix(call, "write ") {
			requireResumes(t, "toy", s, want, at, true)
		}
	}
}

// TestKilledOverwriting kills a run while it removes the one before it. Whatever is left
// is replaced, or gone on with, by a run that is asked to, and the notes beside it stay.
func TestKilledOverwriting(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	s := split()
	c := configOf(t, "simclr", s)
	want := whole(t, c, s)
	before := t.TempDir()
	_, err := train.Run(context.Background(), config(t, "byol", s, "epochs", "1"), s, train.Options{Out: before})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(before, "notes.txt"), []byte("mine"), 0o644))
	for _, name := range append([]string{".config.json.1"}, train.Figures...) {
		require.NoError(t, os.WriteFile(filepath.Join(before, name), nil, 0o644))
	}
	for n := 1; ; n++ {
		out := filepath.Join(t.TempDir(), "run")
		require.NoError(t, os.CopyFS(out, os.DirFS(before)))
		removing := false
		calls := killed(t, "simclr", out, func(made []string) bool {
			removing = !slices.Contains(made, "renameat config.json")
			return removing && len(made) == n
		}, false)
		if !removing {
			require.Greater(t, n, 8, calls)
			return
		}
		where := fmt.Sprintf("killed at %s", calls[len(calls)-1])
		copied := filepath.Join(t.TempDir(), "run")
		require.NoError(t, os.CopyFS(copied, os.DirFS(out)))
		summary, err := train.Run(context.Background(), c, s, train.Options{Out: out, Overwrite: true})
		require.NoError(t, err, where)
		require.Equal(t, want, result(t, summary, out), where)
		require.FileExists(t, filepath.Join(out, "notes.txt"))
		require.NoFileExists(t, filepath.Join(out, ".config.json.1"))
		stored, err := train.ReadConfig(copied)
		if errors.Is(err, os.ErrNotExist) {
			stored = c
		} else {
			require.NoError(t, err, where)
		}
		_, err = train.Run(context.Background(), stored, s, train.Options{Out: copied, Resume: true})
		require.NoError(t, err, where)
	}
}

// TestKilledReplacing kills each method while it puts its second checkpoint in the
// place of the first: half-way through the writing, before the first one is kept, before the
// renaming, and after it.
func TestKilledReplacing(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	s := split()
	names, all := configs(t, s)
	const write, link, rename = "write .checkpoint.safetensors.*", "linkat checkpoint.previous.safetensors", "renameat checkpoint.safetensors"
	// second is at a call of the second checkpoint.
	second := func(call string) func(calls []string) bool {
		return func(calls []string) bool {
			before := calls[:len(calls)-1]
			return slices.Contains(before, rename) && calls[len(before)] == call
		}
	}
	for i, name := range names {
		if name == "toy" {
			continue // TestKilledWriting does more
		}
		t.Run(name, func(t *testing.T) {
			want := whole(t, all[i], s)
			requireResumes(t, name, s, want, second(write), true)
			requireResumes(t, name, s, want, second(link), false)
			requireResumes(t, name, s, want, second(rename), false)
			requireResumes(t, name, s, want, func(calls []string) bool { return len(calls) > 1 && second(rename)(calls[:len(calls)-1]) }, false)
		})
	}
}

// requireResumes has a run killed, as [killed] does, and checks that it is resumed
// as if nobody had stopped it.
func requireResumes(t *testing.T, name string, s *data.Split, want run, at func(calls []string) bool, half bool) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run")
	calls := killed(t, name, out, at, half)
	require.True(t, at(calls), "lived on: %v", calls)
	where := fmt.Sprintf("killed at call %d, %s, half-way %v", len(calls), calls[len(calls)-1], half)
	// A run that has not got so far as to say what it is starts anew.
	_, err := os.Stat(filepath.Join(out, "config.json"))
	summary, err := train.Run(context.Background(), configOf(t, name, s), s, train.Options{Out: out, Resume: err == nil})
	require.NoError(t, err, where)
	require.Equal(t, want, result(t, summary, out), where)
	left, err := filepath.Glob(filepath.Join(out, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, where)
}

// killed makes a run in a process of its own. Before each system call that changes
// folder out, it asks at, which is told the calls so far and this one, as names of
// calls and files, whether to kill the process by SIGKILL; with half, half of what
// that call is to write is written then. It returns those calls. The test is
// skipped, saying so, where processes cannot be traced.
func killed(t *testing.T, name, out string, at func(calls []string) bool, half bool) []string {
	t.Helper()
	runtime.LockOSThread() // the thread that starts a process traces it
	defer runtime.UnlockOSThread()
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	require.NoError(t, err)
	defer said.Close()
	p, err := os.StartProcess(os.Args[0], []string{os.Args[0], "-test.run=^TestVictim$"}, &os.ProcAttr{
		// Threads and the signals by which Go preempts goroutines would cost stops.
		Env:   append(os.Environ(), victimVariable+"="+name, outVariable+"="+out, "GODEBUG=asyncpreemptoff=1", "GOMAXPROCS=1"),
		Files: []*os.File{nil, said, said},
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("SKIPPED: no process can be traced here: %v", err)
	}
	require.NoError(t, err)
	var calls []string
	v, kills := victim{pid: p.Pid, out: out}, false
	end, err := v.trace(func(c call) bool {
		calls = append(calls, c.name)
		kills = at(calls)
		if kills && half {
			require.NoError(t, v.write(c))
		}
		return kills
	})
	require.NoError(t, err)
	require.NoError(t, p.Release())
	text, err := os.ReadFile(said.Name())
	require.NoError(t, err)
	if kills {
		require.True(t, end.Signaled() && end.Signal() == syscall.SIGKILL, string(text))
	} else {
		require.True(t, end.Exited() && end.ExitStatus() == 0, string(text))
	}
	return calls
}
