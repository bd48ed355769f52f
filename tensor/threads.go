package tensor

import "entrec/internal/parallel"

// Threads returns how many goroutines an operation is shared among.
func Threads() int { return parallel.Threads() }

// SetThreads sets how many goroutines an operation is shared among, at least 1; at
// first it is runtime.GOMAXPROCS(0). Results do not depend on it.
func SetThreads(n int) { parallel.SetThreads(n) }
