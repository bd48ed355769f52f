//go:build unix

package lock

import (
	"errors"
	"syscall"
)

// exists reports whether there is a process of that number that can still do
// something: one that has ended but whose parent has not asked how is gone.
func exists(process int) bool {
	if errors.Is(syscall.Kill(process, 0), syscall.ESRCH) {
		return false
	}
	return !ended(process)
}
