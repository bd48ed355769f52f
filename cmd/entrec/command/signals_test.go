//go:build unix

package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// asWaiter makes the test's binary a process that waits for signals as the command
// does.
const asWaiter = "ENTREC_TEST_AS_WAITER"

func init() {
	if os.Getenv(asWaiter) != "" {
		wait()
	}
}

// wait says when it listens, when it is interrupted, and which signals come then; what it
// still has to do lasts until standard input ends.
func wait() {
	ctx, stop := notify(context.Background())
	fmt.Println("ready")
	<-ctx.Done()
	more := make(chan os.Signal, 8)
	signal.Notify(more, syscall.SIGINT, syscall.SIGTERM)
	fmt.Println(context.Cause(ctx))
	go func() {
		for s := range more {
			fmt.Println(s)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	stop()
	fmt.Println("done")
	os.Exit(exitCode(withCause(ctx, failed(ctx.Err()))))
}

func TestSignals(t *testing.T) {
	for _, test := range []struct {
		name    string
		signals []syscall.Signal
		says    string
		code    int
		done    bool // what it still had to do
	}{
		{"Ctrl-C", []syscall.Signal{syscall.SIGINT}, "interrupted", 130, true},
		{"terminated", []syscall.Signal{syscall.SIGTERM}, "interrupted by SIGTERM", 143, true},
		{"terminal gone", []syscall.Signal{syscall.SIGHUP}, "interrupted by SIGHUP", 129, true},
		{"time nearly up", []syscall.Signal{syscall.SIGUSR1}, "interrupted by SIGUSR1, since time is nearly up", 75, true},
		{"SIGTERM after it", []syscall.Signal{syscall.SIGUSR1, syscall.SIGTERM}, "interrupted by SIGUSR1, since time is nearly up", 75, true},
		{"a second Ctrl-C", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, "interrupted", 130, false},
		{"a second SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, "interrupted by SIGTERM", 143, true},
		{"Ctrl-C after SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, "interrupted by SIGTERM", 143, true},
		{"SIGTERM after Ctrl-C", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, "interrupted", 130, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.signals[0] == syscall.SIGHUP && signal.Ignored(syscall.SIGHUP) {
				t.Skip("SIGHUP is ignored here, and by what is started from here")
			}
			self, err := os.Executable()
			require.NoError(t, err)
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), asWaiter+"=1")
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			pipe, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			out := bufio.NewScanner(pipe)
			require.True(t, out.Scan())
			require.Equal(t, "ready", out.Text())
			require.NoError(t, cmd.Process.Signal(test.signals[0]))
			require.True(t, out.Scan())
			require.Equal(t, test.says, out.Text())
			for _, s := range test.signals[1:] {
				require.NoError(t, cmd.Process.Signal(s))
				if test.done { // it has come before the input ends
					require.True(t, out.Scan())
					require.Equal(t, s.String(), out.Text())
				}
			}
			if test.done {
				require.NoError(t, in.Close())
			}
			last := ""
			for out.Scan() {
				last = out.Text()
			}
			require.Equal(t, test.done, last == "done", last)
			err = cmd.Wait()
			var exit *exec.ExitError
			require.True(t, errors.As(err, &exit), err)
			require.Equal(t, test.code, exit.ExitCode())
		})
	}
}

// TestTerminated: a run that SIGTERM ends leaves a checkpoint too.
func TestTerminated(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "run")
	r := stopped(t, 1, syscall.SIGTERM, 0, tinyRun(tiny(t), out)...)
	if r.code == exitDone {
		t.Skip("it ended before the signal came")
	}
	require.Equal(t, 143, r.code, r.stderr)
	require.Contains(t, r.stderr, "--resume goes on")
	require.FileExists(t, filepath.Join(out, "checkpoint.safetensors"))
	require.NoFileExists(t, filepath.Join(out, "summary.json"))
}

// TestExitCode holds which code an error ends the process with.
func TestExitCode(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	require.Equal(t, exitFailed, exitCode(withCause(ctx, failed(errors.New("x")))))
	cancel(Interrupted{syscall.SIGTERM})
	err := withCause(ctx, failed(fmt.Errorf("interrupted: %w", ctx.Err())))
	require.Equal(t, 143, exitCode(err))
	require.EqualError(t, err, "interrupted by SIGTERM")
	err = withCause(ctx, failed(interruption{context.Cause(ctx), " at step 3; this goes on"}))
	require.Equal(t, 143, exitCode(err))
	require.EqualError(t, err, "interrupted by SIGTERM at step 3; this goes on")
	require.Equal(t, 143, exitCode(failed(context.Cause(ctx))))
	require.ErrorIs(t, context.Cause(ctx), context.Canceled)
	require.Equal(t, exitFailed, exitCode(withCause(ctx, failed(errors.New("another trouble")))))
	require.Equal(t, exitInterrupted, exitCode(context.Canceled))
}
