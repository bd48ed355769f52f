//go:build unix

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is no regular file, or claims too much, is refused at once.
func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	_, err := Read(pipe, 1<<20)
	require.EqualError(t, err, pipe+": found a pipe, expected a regular file")

	zero := filepath.Join(dir, "zero")
	require.NoError(t, os.Symlink("/dev/zero", zero))
	_, err = Read(zero, 1<<20)
	require.EqualError(t, err, zero+": found a device, expected a regular file")

	sparse := filepath.Join(dir, "sparse")
	require.NoError(t, os.WriteFile(sparse, nil, 0o644))
	require.NoError(t, os.Truncate(sparse, 1<<40))
	_, err = Read(sparse, 1<<30)
	require.EqualError(t, err, sparse+": found 1099511627776 bytes, expected at most 1073741824")
}
