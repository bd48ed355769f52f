//go:build unix

package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// The variables that make [TestWithoutRoom] act: how large a file may grow, and
// the run's folder.
const roomVariable, outVariable = "ENTREC_TEST_ROOM", "ENTREC_TEST_OUT"

// TestWithoutRoom is no test by itself: [withoutRoom] starts it in a process of its
// own, in which no file may grow beyond some bytes.
func TestWithoutRoom(t *testing.T) {
	room, err := strconv.ParseUint(os.Getenv(roomVariable), 10, 64)
	if err != nil {
		t.Skip("started by TestFullDisk")
	}
	signal.Ignore(syscall.SIGXFSZ)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: room, Max: room}))
	s := split()
	out := os.Getenv(outVariable)
	_, err = os.Stat(filepath.Join(out, "config.json"))
	_, err = train.Run(context.Background(), config(t, "toy", s), s, train.Options{Out: out, Resume: err == nil})
	if !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("found %v, expected %v", err, syscall.EFBIG)
	}
	fmt.Printf("<%v>", err)
}

// withoutRoom runs the toy in folder out, going on where there is a run, on what
// acts like a disk with room for n bytes a file, and returns Run's error.
func withoutRoom(t *testing.T, n int, out string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWithoutRoom$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", roomVariable, n), outVariable+"="+out)
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
	_, said, _ = bytes.Cut(said, []byte("<"))
	said, _, ok := bytes.Cut(said, []byte(">"))
	require.True(t, ok)
	return string(said)
}

// TestFullDisk lets the disk be full at several points of the writing of a
// checkpoint: the old one stays, the error is one line that names the file, and
// when there is room again, the run goes on as if nothing had been.
func TestFullDisk(t *testing.T) {
	s := split()
	c := config(t, "toy", s)
	want := whole(t, c, s)
	old := interrupted(t, c, s, 2)
	before, err := os.ReadFile(filepath.Join(old, "checkpoint.safetensors"))
	require.NoError(t, err)
	for _, room := range []int{0, 9, len(before) / 2, len(before) * 9 / 10} {
		out := t.TempDir()
		require.NoError(t, os.CopyFS(out, os.DirFS(old)))
		said := withoutRoom(t, room, out)
		require.Contains(t, said, out)
		require.NotContains(t, said, "\n")
		after, err := os.ReadFile(filepath.Join(out, "checkpoint.safetensors"))
		require.NoError(t, err)
		require.Equal(t, before, after, "room for %d bytes", room)
		left, err := filepath.Glob(filepath.Join(out, ".*"))
		require.NoError(t, err)
		require.Empty(t, left, "a part of a file was left")
		require.Equal(t, want, resumed(t, c, s, out), "room for %d bytes", room)
	}
	out := t.TempDir()
	require.Contains(t, withoutRoom(t, 10, out), out, "no room for the configuration")
}
