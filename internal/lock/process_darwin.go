package lock

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// machine: the host's name is all that is asked for.
func machine() string { return "" }

// boot returns the kernel's name of the time since it was started.
func boot() string {
	id, _ := unix.Sysctl("kern.bootsessionuuid")
	return id
}

// startOf returns when a process began; "" where that is not told.
func startOf(process int) string {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", process)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d.%06d", info.Proc.P_starttime.Sec, info.Proc.P_starttime.Usec)
}

// zombie is SZOMB of sys/proc.h.
const zombie = 5

// ended reports whether a process is a zombie.
func ended(process int) bool {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", process)
	return err == nil && info.Proc.P_stat == zombie
}
