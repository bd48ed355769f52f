package runtest

import (
	"os"
	"syscall"
)

// InMemory has temporary folders, those of tests among them, stand in memory where Linux has a
// file system there with room, from which programs may be started. A run syncs each file that
// it keeps, and small runs would mostly wait for the disk. Tests see no difference: none of
// them cuts the power.
func InMemory() {
	const dir, tmpfs, notToStart, room = "/dev/shm", 0x01021994, 8, 1 << 30
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Type != tmpfs || s.Flags&notToStart != 0 || s.Bavail*uint64(s.Bsize) < room {
		return
	}
	_ = os.Setenv("TMPDIR", dir) // fails for bad names alone
}
