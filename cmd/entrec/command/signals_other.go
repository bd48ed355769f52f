//go:build !unix

package command

import "syscall"

// nearlyUp stands for a signal that this system does not have.
const nearlyUp = syscall.Signal(-1)
