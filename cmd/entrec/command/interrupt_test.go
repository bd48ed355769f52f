//go:build unix

package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/printable"
)

// ended waits for a command that was sent a signal, and returns its exit code and the
// last line that it said.
func ended(cmd *exec.Cmd, stderr *bytes.Buffer) (code int, said string) {
	_ = cmd.Wait()
	lines := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
	return cmd.ProcessState.ExitCode(), lines[len(lines)-1]
}

// TestInterruptedFetch: what was fetched is kept, and the line says so.
func TestInterruptedFetch(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	sent, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("the first of a thousand bytes"))
		w.(http.Flusher).Flush()
		close(sent)
		<-release
	}))
	defer server.Close()
	defer close(release)
	cmd := command(t, tinyRun("cifar10", filepath.Join(t.TempDir(), "run"), "--data-url", server.URL)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	<-sent
	partial := filepath.Join(cache, "entrec", "cifar10", "cifar-10-binary.tar.gz.partial")
	for { // until it has come
		if info, err := os.Stat(partial); err == nil && info.Size() > 0 {
			break
		}
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	code, said := ended(cmd, &stderr)
	require.Equal(t, 130, code, stderr.String())
	require.Equal(t, "entrec: interrupted; the same command goes on with the download", said)
	require.FileExists(t, partial)
}

// TestInterruptedComputing: commands that compute for long, or write many files, end
// soon after they are interrupted. The file of the profile says that they have begun.
func TestInterruptedComputing(t *testing.T) {
	for _, line := range []string{
		"bench step --encoder mlp --width 64 --steps 1000000 --threads 1",
		"bench views --views 1000000000 --threads 1",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			profile := filepath.Join(t.TempDir(), "profile")
			cmd := command(t, append(strings.Fields(line), "--cpuprofile", profile)...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.NoError(t, cmd.Start())
			for {
				if _, err := os.Stat(profile); err == nil {
					break
				}
			}
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
			code, said := ended(cmd, &stderr)
			require.Equal(t, 130, code, stderr.String())
			require.Equal(t, "entrec: interrupted", said)
		})
	}
}

// TestAwait: a command that does not look at its context is left where it is, one that
// holds is waited for.
func TestAwait(t *testing.T) {
	for _, test := range []struct {
		holds bool
		says  string
	}{{false, ""}, {true, "interrupted by SIGTERM: the running step is made first; Ctrl-C again ends at once\n"}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		said, say, err := os.Pipe()
		require.NoError(t, err)
		begun, work := make(chan struct{}), make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- await(ctx, say, func(ctx context.Context) error {
				if test.holds {
					defer hold(ctx)()
				}
				close(begun)
				<-work
				return ctx.Err()
			})
			say.Close()
		}()
		<-begun
		cancel(Interrupted{syscall.SIGTERM})
		if test.holds {
			line, err := bufio.NewReader(said).ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, test.says, line)
			close(work)
			require.Equal(t, context.Canceled, <-done)
			continue
		}
		require.Equal(t, Interrupted{syscall.SIGTERM}, <-done)
		close(work)
	}
}

// TestMeans: a command that is left where it is, or that ends with the cause, says what that
// means unless its error does; other errors stay.
func TestMeans(t *testing.T) {
	other := errors.New("another trouble")
	own := failed(interruption{Interrupted{syscall.SIGTERM}, "; this goes on"})
	for _, test := range []struct {
		name   string
		stands bool // and is left
		err    error
		want   string
	}{
		{"left", true, nil, "interrupted by SIGTERM, meant"},
		{"the cause", false, Interrupted{syscall.SIGTERM}, "interrupted by SIGTERM, meant"},
		{"canceled", false, failed(context.Canceled), "interrupted by SIGTERM, meant"},
		{"its own words", false, own, own.Error()},
		{"another error", false, other, other.Error()},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		work := make(chan struct{})
		err := await(ctx, io.Discard, func(ctx context.Context) error {
			means(ctx, func(cause error) error { return fmt.Errorf("%w, meant", cause) })
			cancel(Interrupted{syscall.SIGTERM})
			if test.stands {
				<-work
			}
			return test.err
		})
		require.EqualError(t, err, test.want, test.name)
		close(work)
	}
}

func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{
		"runs/simclr-er-0": "runs/simclr-er-0", "my runs": "'my runs'", "it's": `'it'\''s'`, "": "''", "a$b": "'a$b'", "~/x": "'~/x'",
	} {
		require.Equal(t, want, printable.Word(word))
	}
}
