//go:build unix

package train

import (
	"runtime"
	"syscall"
)

// PeakRSS returns the largest resident memory of this process so far, in bytes;
// 0 where the system does not say.
func PeakRSS() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) * 1024 // kilobytes elsewhere
}
