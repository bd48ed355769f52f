//go:build unix

package bench

import (
	"syscall"
	"time"
)

// ProcessorTime returns the processor time that this process has used. Unlike the time on
// the wall, it does not grow while other programs have the processor.
func ProcessorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return WallTime()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
