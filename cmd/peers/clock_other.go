//go:build !unix

package main

import "time"

// processorTime returns the time since the start, where the system does not say how
// much of it was ours.
func processorTime() time.Duration { return time.Since(started) }
