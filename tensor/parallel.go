package tensor

import (
	"runtime"
	"sync"
	"sync/atomic"
)

var threads atomic.Int64

func init() { threads.Store(int64(runtime.GOMAXPROCS(0))) }

// Threads returns how many goroutines [Parallel] uses.
func Threads() int { return int(threads.Load()) }

// SetThreads sets how many goroutines [Parallel] uses, at least 1. Results do
// not depend on it.
func SetThreads(n int) { threads.Store(int64(max(n, 1))) }

// Parallel calls f(0), …, f(n-1), each once, on up to [Threads] goroutines, and
// returns when all are done. The calls must write to disjoint memory. Which
// goroutine runs which index is not fixed, so f's result must depend on its
// index alone. A panic in f is raised again in the caller.
func Parallel(n int, f func(i int)) {
	workers := min(Threads(), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var failed atomic.Pointer[any]
	var wg sync.WaitGroup
	work := func() {
		defer func() {
			if r := recover(); r != nil {
				failed.CompareAndSwap(nil, &r)
				next.Store(int64(n))
			}
		}()
		for {
			i := int(next.Add(1) - 1)
			if i >= n {
				return
			}
			f(i)
		}
	}
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if r := failed.Load(); r != nil {
		panic(*r)
	}
}

// chunk is the number of elements that one call of [parallelChunks] covers:
// 64 KiB to 128 KiB, which fits the second-level cache and hides the cost of a
// goroutine.
const chunk = 1 << 14

// parallelChunks calls f on the consecutive ranges [lo, hi) of 0..n that have
// [chunk] elements each but for the last.
func parallelChunks(n int, f func(lo, hi int)) {
	if n <= chunk {
		if n > 0 {
			f(0, n)
		}
		return
	}
	Parallel((n+chunk-1)/chunk, func(i int) { f(i*chunk, min((i+1)*chunk, n)) })
}
