//go:build unix

package files

import (
	"errors"
	"os"
	"syscall"
)

// openNow opens a file for reading, also a pipe that nobody writes to.
func openNow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// syncFolder makes the names in a folder outlive a power cut. Some file systems cannot,
// and say so by EINVAL or ENOTSUP; then they promise nothing, as without it.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return nil // a folder that may be written to and not be read
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
