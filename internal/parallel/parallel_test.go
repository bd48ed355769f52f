package parallel_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"entrec/internal/parallel"

	"github.com/stretchr/testify/require"
)

// withThreads runs f at several numbers of threads.
func withThreads(f func(threads int)) {
	before := parallel.Threads()
	defer parallel.SetThreads(before)
	for _, n := range []int{1, 2, 3, 8} {
		parallel.SetThreads(n)
		f(n)
	}
}

func TestFor(t *testing.T) {
	withThreads(func(threads int) {
		for _, n := range []int{-1, 0, 1, 2, 7, 100, 1000} {
			calls := make([]atomic.Int32, max(n, 0))
			parallel.For(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				require.Equal(t, int32(1), calls[i].Load(), "%d threads, %d of %d", threads, i, n)
			}
		}
		var inner atomic.Int32
		parallel.For(10, func(int) { parallel.For(10, func(int) { inner.Add(1) }) })
		require.Equal(t, int32(100), inner.Load(), "calls may nest")
	})
}

// TestForTakesFromOthers: where a call lasts, the other workers do all that is left, of its
// worker's share, too. The last call lets the first one end.
func TestForTakesFromOthers(t *testing.T) {
	before := parallel.Threads()
	defer parallel.SetThreads(before)
	for _, threads := range []int{2, 3, 8} {
		parallel.SetThreads(threads)
		const n = 100
		for _, slow := range []int{0, n / 2, n - 1} {
			var calls atomic.Int32
			others := make(chan struct{})
			parallel.For(n, func(i int) {
				if i == slow {
					<-others
				} else if calls.Add(1) == n-1 {
					close(others)
				}
			})
			require.Equal(t, int32(n-1), calls.Load(), "%d threads, call %d lasts", threads, slow)
		}
	}
}

// TestForPanics shows that a panic reaches the caller with its value, and
// that the workers go on.
func TestForPanics(t *testing.T) {
	withThreads(func(threads int) {
		require.PanicsWithValue(t, "seven", func() {
			parallel.For(100, func(i int) {
				if i == 7 {
					panic("seven")
				}
			})
		}, "%d threads", threads)
		require.Panics(t, func() { parallel.For(100, func(int) { panic("all") }) })
		typed := errors.New("of a type")
		require.PanicsWithError(t, "of a type", func() { parallel.For(100, func(int) { panic(typed) }) })
		var calls atomic.Int32
		parallel.For(100, func(int) { calls.Add(1) })
		require.Equal(t, int32(100), calls.Load())
	})
}

func TestSetThreads(t *testing.T) {
	before := parallel.Threads()
	defer parallel.SetThreads(before)
	require.GreaterOrEqual(t, before, 1)
	parallel.SetThreads(-3)
	require.Equal(t, 1, parallel.Threads())
	parallel.SetThreads(5)
	require.Equal(t, 5, parallel.Threads())
}
