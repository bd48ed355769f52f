package memory

import "golang.org/x/sys/unix"

// Machine returns how many bytes of memory this process may use, the machine's. 0 is a
// system that does not say.
func Machine() int64 {
	n, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(n)
}
