package command

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A disk that fills up ends the run with exit code 1 and one line; what was whole
// stays whole, and when there is room the run goes on.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=192k"); err != nil {
		t.Skipf("SKIPPED: a small disk cannot be mounted: %v", err)
	}
	defer func() { require.NoError(t, syscall.Unmount(disk, 0)) }()
	data, out := tiny(t), filepath.Join(disk, "run")
	want := digest(t, succeeds(t, tinyRun(data, filepath.Join(t.TempDir(), "run"), "--json")...))

	filler := filepath.Join(disk, "filler")
	require.NoError(t, os.WriteFile(filler, make([]byte, 180<<10), 0o644))
	message := refuses(t, exitFailed, tinyRun(data, out)...)
	require.Contains(t, message, "no space left on device")
	require.Contains(t, message, out)
	left, err := os.ReadDir(out)
	require.NoError(t, err)
	for _, e := range left { // all that fitted is whole
		require.Contains(t, []string{"config.json", "metrics.jsonl", "throughput.jsonl"}, e.Name())
	}

	require.NoError(t, os.Remove(filler))
	require.NoError(t, syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT, "size=64m"))
	require.Equal(t, want, digest(t, succeeds(t, "train", "--out", out, "--resume", "--json")))
}
