package check

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// prSetChildSubreaper is PR_SET_CHILD_SUBREAPER of prctl(2).
const prSetChildSubreaper = 36

// adoptOrphans makes this process the parent of every descendant whose own parent ends, in
// place of the first process of all. So none can leave the tree, by setsid or otherwise.
func adoptOrphans() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
}

// killOrphans kills all descendants of this process and waits for those that it
// adopts, until there are none. One that the system does not let go is given up after ten
// seconds.
func killOrphans() {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		pids := descendants()
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		for _, pid := range pids {
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil) // those that are children by now
		}
		time.Sleep(time.Millisecond)
	}
}

// descendants returns the processes below this one that have not ended, and its own children
// that have.
func descendants() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]int{} // by parent
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			parent := parentOf(e.Name())
			children[parent] = append(children[parent], pid)
		}
	}
	var all []int
	for next := children[os.Getpid()]; len(next) > 0; {
		all = append(all, next...)
		var below []int
		for _, pid := range next {
			below = append(below, children[pid]...)
		}
		next = below
	}
	return all
}

// parentOf returns the parent of a process, 0 where there is no such process. Its line in
// /proc is "PID (NAME) STATE PARENT …", and NAME may hold anything.
func parentOf(pid string) int {
	line, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}
