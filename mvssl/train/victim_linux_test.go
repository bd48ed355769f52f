//go:build amd64 || arm64

package train_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// victim is a process that ptrace(2) stops at each system call that may change files.
type victim struct {
	pid int
	out string // the folder in question
}

// call is a system call that a victim is about to make.
type call struct {
	name string
	args [6]uint64
}

// The options of ptrace that package syscall lacks, and what it reports.
const (
	optionExitKill    = 0x100000 // the victim dies with the tracer
	optionSeccomp     = 0x80
	eventSeccomp      = 7
	getSyscallInfo    = 0x420e
	syscallSeccomp    = 3
	ofThisThreadAlone = 0x20000000 // __WNOTHREAD: leaves other tests' processes alone
)

// changing are the system calls that may change files, by their numbers.
var changing = map[uint64]string{
	syscall.SYS_WRITE: "write", syscall.SYS_FSYNC: "fsync", syscall.SYS_FCHMOD: "fchmod", syscall.SYS_FTRUNCATE: "ftruncate",
	syscall.SYS_OPENAT: "openat", syscall.SYS_MKDIRAT: "mkdirat", syscall.SYS_UNLINKAT: "unlinkat", syscall.SYS_RENAMEAT: "renameat",
	syscall.SYS_LINKAT: "linkat", syscall.SYS_PWRITE64: "pwrite64",
}

// beTraced has this process stop for its tracer at those calls alone, by a filter of
// seccomp(2) for all of its threads: Go makes many others, and stops would be most of what
// these tests wait for.
func beTraced() error {
	const (
		load, equal, end = 0x20, 0x15, 0x06 // of classic BPF: the call's number, a jump, the verdict
		allow, trace     = 0x7fff0000, 0x7ff00000
		noNewPrivileges  = 38
		setFilter        = 1
		allThreads       = 1
	)
	filter := []syscall.SockFilter{{Code: load}}
	left := uint8(len(changing))
	for number := range changing {
		filter = append(filter, syscall.SockFilter{Code: equal, K: uint32(number), Jt: left})
		left--
	}
	filter = append(filter, syscall.SockFilter{Code: end, K: allow}, syscall.SockFilter{Code: end, K: trace})
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	seccomp := map[string]uintptr{"amd64": 317, "arm64": 277}[runtime.GOARCH]
	runtime.LockOSThread() // what the first call allows is this thread's
	defer runtime.UnlockOSThread()
	if _, _, e := syscall.Syscall(syscall.SYS_PRCTL, noNewPrivileges, 1, 0); e != 0 {
		return fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", e)
	}
	if thread, _, e := syscall.Syscall(seccomp, setFilter, allThreads, uintptr(unsafe.Pointer(&program))); e != 0 || thread != 0 {
		return fmt.Errorf("SECCOMP_SET_MODE_FILTER: %w, thread %d", e, thread)
	}
	return nil
}

// trace lets the victim run, asks at each call that changes the folder, before it is made,
// whether to kill it, and returns how it ended.
func (v victim) trace(kill func(c call) bool) (end syscall.WaitStatus, err error) {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(v.pid, &status, syscall.WALL, nil); err != nil {
		return 0, err
	}
	err = syscall.PtraceSetOptions(v.pid, syscall.PTRACE_O_TRACECLONE|optionSeccomp|optionExitKill)
	for thread := v.pid; err == nil; {
		signal := 0
		switch stop := status.StopSignal(); {
		case status.TrapCause() == eventSeccomp:
			c, changes, err := v.entered(thread)
			if err != nil {
				return 0, err
			}
			if changes && kill(c) {
				// The call is not made: Linux leaves it out where a tracer kills before it.
				if err := syscall.Kill(v.pid, syscall.SIGKILL); err != nil {
					return 0, err
				}
			}
		case stop != syscall.SIGTRAP && stop != syscall.SIGSTOP: // these tell of the program and of new threads
			signal = int(stop)
		}
		if err := syscall.PtraceCont(thread, signal); err != nil && err != syscall.ESRCH {
			return 0, err
		}
		for {
			thread, err = syscall.Wait4(-1, &status, syscall.WALL|ofThisThreadAlone, nil)
			if err == nil && status.Stopped() {
				break
			}
			if err == nil && thread == v.pid {
				return status, nil
			}
			if err != nil && err != syscall.EINTR {
				return 0, err
			}
		}
	}
	return 0, err
}

// entered returns the call that a thread, which has stopped before one, is about to make,
// and whether it changes the folder.
func (v victim) entered(thread int) (c call, changes bool, err error) {
	var info struct {
		op       uint8
		_        [3]uint8
		arch     uint32
		_, _     uint64
		number   uint64
		args     [6]uint64
		reserved [16]byte
	}
	_, _, e := syscall.Syscall6(syscall.SYS_PTRACE, getSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if e == syscall.ESRCH { // killed while it stood there
		return c, false, nil
	}
	if e != 0 {
		return c, false, fmt.Errorf("PTRACE_GET_SYSCALL_INFO: %w", e)
	}
	if info.op != syscallSeccomp {
		return c, false, fmt.Errorf("PTRACE_GET_SYSCALL_INFO: found kind %d, expected %d", info.op, syscallSeccomp)
	}
	c.args = info.args
	path := ""
	switch info.number {
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64, syscall.SYS_FSYNC, syscall.SYS_FCHMOD, syscall.SYS_FTRUNCATE:
		path, _ = os.Readlink(v.descriptor(c)) // none where it is no file
	case syscall.SYS_OPENAT:
		if c.args[2]&syscall.O_CREAT != 0 {
			path, err = v.text(c.args[1])
		}
	case syscall.SYS_MKDIRAT, syscall.SYS_UNLINKAT:
		path, err = v.text(c.args[1])
	case syscall.SYS_RENAMEAT, syscall.SYS_LINKAT:
		path, err = v.text(c.args[3])
	}
	if err != nil || !strings.HasPrefix(path, v.out) {
		return c, false, err
	}
	file := filepath.Base(path)
	if info.number == syscall.SYS_PWRITE64 && file == "lock.json" { // its holder's sign of life, now and then
		return c, false, nil
	}
	if strings.HasPrefix(file, ".") { // ends in a random number
		file = strings.TrimSuffix(file, filepath.Ext(file)) + ".*"
	}
	c.name = changing[info.number] + " " + file
	return c, true, nil
}

// descriptor returns the path by which others open the file that a call is about.
func (v victim) descriptor(c call) string { return fmt.Sprintf("/proc/%d/fd/%d", v.pid, c.args[0]) }

// memory returns what the victim has at an address, or as much as can be read.
func (v victim) memory(address, n uint64) ([]byte, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", v.pid))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, n)
	read, err := f.ReadAt(b, int64(address))
	if read > 0 {
		err = nil
	}
	return b[:read], err
}

// text returns the string that ends in a zero at an address.
func (v victim) text(address uint64) (string, error) {
	b, err := v.memory(address, syscall.PathMax)
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b), err
}

// write does the first half of a writing call that the victim will not come to
// make: files here are only written at their ends.
func (v victim) write(c call) error {
	b, err := v.memory(c.args[1], c.args[2]/2)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(v.descriptor(c), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(b)
	return err
}
