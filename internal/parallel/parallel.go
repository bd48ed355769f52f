// Package parallel shares work among goroutines that stay between calls.
package parallel

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

var threads atomic.Int64

func init() { threads.Store(int64(runtime.GOMAXPROCS(0))) }

// Threads returns how many goroutines [For] uses.
func Threads() int { return int(threads.Load()) }

// SetThreads sets how many goroutines [For] uses, at least 1. Results do
// not depend on it.
func SetThreads(n int) { threads.Store(int64(max(n, 1))) }

// For calls f(0), …, f(n-1), each once, on up to [Threads] goroutines, and
// returns when all are done. The calls must write to disjoint memory. Which
// goroutine runs which index is not fixed, so f's result must depend on its
// index alone. A panic in f is raised again in the caller.
func For(n int, f func(i int)) {
	workers := min(Threads(), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	j := jobs.Get().(*job)
	j.open(n, workers, f)
	for range workers - 1 {
		offer(j)
	}
	j.work(0)
	failed := j.close()
	jobs.Put(j)
	if failed != nil {
		panic(*failed)
	}
}

// jobs keeps finished jobs for later calls.
var jobs = sync.Pool{New: func() any {
	j := &job{closed: true}
	j.left.L = &j.mu
	return j
}}

// job is one call of For. The caller works on it, and helpers, the goroutines that
// stay, join while it is open. Jobs are used again: a helper that takes up the offer of
// an earlier call late joins the present one.
type job struct {
	f      func(i int)
	shares []share // one for each worker

	mu      sync.Mutex
	closed  bool
	helpers atomic.Int64 // changed under mu
	left    sync.Cond    // signals that a helper has left
	failed  *any
}

// share is a range of indices: those from next to end are left.
type share struct {
	next atomic.Int64
	end  int64
	_    [48]byte // the rest of a cache line, so that workers do not disturb each other
}

// open lets helpers in.
func (j *job) open(n, workers int, f func(i int)) {
	j.mu.Lock()
	j.f, j.failed, j.closed = f, nil, false
	j.shares = slices.Grow(j.shares[:0], workers)[:workers]
	for w := range j.shares {
		j.shares[w].next.Store(int64(w * n / workers))
		j.shares[w].end = int64((w + 1) * n / workers)
	}
	j.mu.Unlock()
}

// work calls f with indices that nobody has taken yet, until there are none. A worker begins
// with the share that has its number: what it wrote to memory in an earlier call, it mostly
// reads in the next, and has in its cache.
func (j *job) work(worker int) {
	defer func() {
		if r := recover(); r != nil {
			j.fail(r)
		}
	}()
	for k := range j.shares {
		s := &j.shares[(worker+k)%len(j.shares)]
		for {
			i := s.next.Add(1) - 1
			if i >= s.end {
				break
			}
			j.f(int(i))
		}
	}
}

// fail remembers the first panic and ends the handing out of indices.
func (j *job) fail(r any) {
	for w := range j.shares {
		j.shares[w].next.Store(j.shares[w].end)
	}
	j.mu.Lock()
	if j.failed == nil {
		j.failed = &r
	}
	j.mu.Unlock()
}

// help works on the job unless it is closed.
func (j *job) help(worker int) {
	j.mu.Lock()
	open := !j.closed
	if open {
		j.helpers.Add(1)
	}
	j.mu.Unlock()
	if !open {
		return
	}
	j.work(worker)
	j.mu.Lock()
	j.helpers.Add(-1)
	j.mu.Unlock()
	j.left.Signal()
}

// close lets no more helpers join and waits for those that have. It returns the first
// panic, nil if there was none.
func (j *job) close() *any {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	spin(func() bool { return j.helpers.Load() == 0 })
	j.mu.Lock()
	for j.helpers.Load() > 0 {
		j.left.Wait()
	}
	j.f = nil
	failed := j.failed
	j.mu.Unlock()
	return failed
}

// spins is how often [spin] calls done, for some 200 µs in all. To wake a sleeping
// thread takes tens of µs, and a training step has hundreds of parallel parts: spinning
// makes a step of a narrow encoder a fifth faster.
const spins = 1 << 16

// spin waits for done to return true. It returns false where that takes too long.
func spin(done func() bool) bool {
	for i := range spins {
		if done() {
			return true
		}
		if i%256 == 255 {
			runtime.Gosched() // lets other goroutines run
		}
	}
	return false
}

// offers holds the jobs that helpers may join. An offer that is taken up too late does
// no harm: its job is closed by then, or serves another call. helpers counts the
// goroutines.
var (
	offers  = make(chan *job, 256)
	helpers atomic.Int64
)

// offer lets one more helper join j, and starts a helper where there are too few.
func offer(j *job) {
	if n := helpers.Load(); n < threads.Load()-1 && helpers.CompareAndSwap(n, n+1) {
		go func() {
			for {
				next().help(int(n) + 1)
			}
		}()
	}
	select {
	case offers <- j:
	default:
	}
}

// next returns the next offer.
func next() *job {
	var j *job
	offered := spin(func() bool {
		select {
		case j = <-offers:
			return true
		default:
			return false
		}
	})
	if !offered {
		j = <-offers
	}
	return j
}

// Chunk is the number of elements that one call of [Chunks] covers:
// 64 KiB to 128 KiB, which fits the second-level cache and hides the cost of a
// goroutine.
const Chunk = 1 << 14

// Chunks calls f on the consecutive ranges [lo, hi) of 0..n that have
// [Chunk] elements each but for the last.
func Chunks(n int, f func(lo, hi int)) {
	if n <= Chunk {
		if n > 0 {
			f(0, n)
		}
		return
	}
	For((n+Chunk-1)/Chunk, func(i int) { f(i*Chunk, min((i+1)*Chunk, n)) })
}
