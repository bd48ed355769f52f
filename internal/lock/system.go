package lock

import (
	"os"
	"time"
)

// system is the world as far as locks go by it: this process and the others, and the
// time.
type system struct {
	self record // without id and times
	now  func() time.Time
	// alive reports whether the process of that number that began at that time, as
	// startOf says it, has not ended. What the system does not tell counts as alive.
	alive func(process int, started string) bool
}

// thisSystem returns the world as it is.
func thisSystem() system {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	process := os.Getpid()
	return system{
		self: record{Host: host, Machine: machine(), Boot: boot(), Process: process, Started: startOf(process)},
		now:  func() time.Time { return time.Now().UTC().Truncate(time.Second) },
		alive: func(process int, started string) bool {
			if !exists(process) {
				return false
			}
			now := startOf(process)
			return now == "" || started == "" || now == started
		},
	}
}
