//go:build !unix

package bench

import "time"

// ProcessorTime returns the time since the start: this system does not say how much of
// it was this process's.
func ProcessorTime() time.Duration { return WallTime() }
