//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime returns the processor time that this process has used: unlike that
// on the wall it does not count when others have the processor.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return time.Since(started)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
