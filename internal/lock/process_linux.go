package lock

import (
	"fmt"
	"os"
	"strings"
)

// machine returns the machine's id (machine-id(5), where it has one) and the name space
// of this process's numbers, which differs between containers.
func machine() string {
	id, _ := os.ReadFile("/etc/machine-id")
	space, _ := os.Readlink("/proc/self/ns/pid")
	return strings.TrimSpace(string(id)) + " " + space
}

// boot returns the kernel's random name of the time since it was started.
func boot() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

// status returns the state of a process and when it began, in clock ticks since the
// machine's start (proc_pid_stat(5), fields 3 and 22); empty where that is not told.
func status(process int) (state, started string) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return "", ""
	}
	// The second field is the command in parentheses, which may hold anything.
	after := string(text[strings.LastIndexByte(string(text), ')')+1:])
	fields := strings.Fields(after)
	if len(fields) < 20 {
		return "", ""
	}
	return fields[0], fields[19]
}

func startOf(process int) string {
	_, started := status(process)
	return started
}

// ended reports whether a process is a zombie or dead.
func ended(process int) bool {
	state, _ := status(process)
	return state == "Z" || state == "X"
}
