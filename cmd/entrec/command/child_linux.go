package command

import (
	"os/exec"
	"syscall"
)

// leash makes a child that is not in this process's group, so that a terminal's signals
// reach it through this process, and that is asked to end when the thread ends that starts
// it: the thread must be kept until then.
func leash(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
