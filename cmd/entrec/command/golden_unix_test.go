//go:build unix

package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestGoldenReadsRegularFiles: questions and suites of a stranger are regular files of a sane
// size, or refused at once on one line.
func TestGoldenReadsRegularFiles(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a pipe":                           func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"a device":                         func(path string) error { return os.Symlink("/dev/zero", path) },
		"1099511627776 bytes, expected at": sparse,
	} {
		dir := t.TempDir()
		question, manifest := filepath.Join(dir, "q.safetensors"), filepath.Join(dir, golden.ManifestFile)
		require.NoError(t, make(question))
		require.NoError(t, make(manifest))
		for _, args := range [][]string{
			{"answer", question, filepath.Join(dir, "a")},
			{"answer", dir, filepath.Join(t.TempDir(), "a")},
			{"check", dir, "--backend", "f64"},
			{"export", dir},
		} {
			code, _, stderr := runGolden(args...)
			if args[0] == "export" {
				require.Equal(t, exitUsage, code, stderr)
				continue
			}
			require.Equal(t, exitFailed, code, stderr)
			require.Contains(t, stderr, "found "+name)
			require.Equal(t, 1, strings.Count(stderr, "\n"))
		}
	}
}

func sparse(path string) error {
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	return os.Truncate(path, 1<<40)
}

// TestGoldenInterruptedBackend: a check of a backend that never ends is interrupted at once,
// and its report says so.
func TestGoldenInterruptedBackend(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("SKIPPED: no program named sleep")
	}
	for signal, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		dir := t.TempDir()
		begun, out := filepath.Join(dir, "begun"), filepath.Join(dir, "report.json")
		require.NoError(t, syscall.Mkfifo(begun, 0o644))
		cmd := command(t, "golden", "check", committed, "--exec", "sh -c 'echo > "+begun+"; exec sleep 1000'", "--json", out)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		require.NoError(t, cmd.Start())
		_, err := os.ReadFile(begun) // once the backend runs
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Signal(signal))
		got, said := ended(cmd, &stderr)
		require.Equal(t, code, got, stderr.String())
		require.Contains(t, said, "entrec: interrupted")
		require.Equal(t, []string{"begun", "report.json"}, filesIn(t, dir))
		r, err := readReport(out)
		require.NoError(t, err)
		require.Contains(t, r.Stopped, "interrupted")
	}
}
