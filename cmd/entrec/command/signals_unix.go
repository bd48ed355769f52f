//go:build unix

package command

import "syscall"

// nearlyUp is the signal by which a scheduler says that a process's time is nearly up.
const nearlyUp = syscall.SIGUSR1
