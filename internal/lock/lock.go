// Package lock lets one process at a time write in a folder. The folder's owner is in
// a file of it, lock.json; who only reads the folder needs no lock.
//
// # How long a lock holds
//
// A holder writes a heartbeat into the file every half a minute. Its lock is stale, and
// may be taken over,
//
//   - on the holder's own machine: once its process has ended (its number may be
//     another process's by then: the time at which that one began tells) or the machine
//     has been started anew, both known at once; a process that stands still keeps it;
//   - from another machine, or another container of the same one, whose processes it
//     cannot see: after five minutes without a heartbeat. Their clocks must agree within
//     four minutes.
//
// # Why one of several takers gets it
//
// A lock that is not there is created with O_EXCL, which one process alone can do. A
// stale one has a random id, X, and may be replaced only by who holds the guard of X: a
// file with X in its name, itself a lock that is taken in the same way, so that a taker
// that dies leaves a guard that goes stale. The holder of the guard reads the lock again.
// If it is no longer X, another taker was first, and the guard is given up. If it is X
// and stale, nobody else may replace it now: renaming the guard to lock.json puts the
// new holder's record in the place of the old one and ends the guard, in one step. The
// new holder reads the file once more and holds the lock only if the id is its own.
//
// A holder changes the file only through a handle from which it has read its own id, so
// that a heartbeat that comes late, after a takeover, goes to a file that has no name
// any more.
//
// # What is left
//
// A holder that another machine has not heard of for five minutes (a laptop that slept)
// may wake to find that its lock was taken over. [Lock.Verify] tells it, so it is to be
// called before each thing that must not be done without the lock. A taker that began in
// the microseconds before Verify may still come in between.
package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// name is the lock's file in a folder.
const name = "lock.json"

const (
	beatEvery  = 30 * time.Second
	staleAfter = 5 * time.Minute
)

// Held says that a folder is another process's, or this one's already.
type Held struct {
	Path    string // of lock.json
	Host    string // on which the holder runs; "" where it has not yet written that
	Process int    // its number there
	Since   time.Time
}

// Error is one line: the file, who holds it since when, and what can be done.
func (h *Held) Error() string {
	if h.Host == "" {
		return fmt.Sprintf("%s: held by a process that is taking it now", h.Path)
	}
	return fmt.Sprintf("%s: held by process %d on %s since %s: end that process, or wait for it", h.Path, h.Process, h.Host, h.Since.Format(time.RFC3339))
}

// Lost says that a lock is no longer this process's.
type Lost struct {
	Path string // of lock.json
	By   *Held  // who has it now; nil if nobody
}

// Error is one line: the file, what was found there and what was expected.
func (l *Lost) Error() string {
	found := "no such file"
	if l.By != nil {
		found = fmt.Sprintf("the lock of process %d on %s since %s", l.By.Process, l.By.Host, l.By.Since.Format(time.RFC3339))
	}
	return fmt.Sprintf("%s: found %s, expected that of this process: the folder was taken over while this process was not heard of", l.Path, found)
}

// Lock is a folder that this process holds. Its methods may be called from several
// goroutines.
type Lock struct {
	path   string
	system system
	mine   record
	stop   func() // ends the heartbeats and waits for the last one; once

	mu  sync.Mutex
	err error // of the last heartbeat
}

// Acquire makes the folder dir, which must be there, this process's, until Release or
// until the process ends. Errors, each one line: [*Held] where it is another's; what is
// wrong with a lock.json that is damaged or of another program, and what to do; those of
// the file system.
func Acquire(dir string) (*Lock, error) {
	return thisSystem().lock(dir, time.Tick(beatEvery))
}

// Holder returns who holds the folder dir, nil where nobody does, without taking it. The
// error is as Acquire's.
func Holder(dir string) (*Held, error) { return thisSystem().holder(filepath.Join(dir, name)) }

func (s system) holder(path string) (*Held, error) {
	r, err := read(path, s.now())
	var held *Held
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.As(err, &held):
		return held, nil
	case err != nil || s.stale(r):
		return nil, err
	}
	return r.held(path), nil
}

// lock is Acquire with a heartbeat at each of ticks.
func (s system) lock(dir string, ticks <-chan time.Time) (*Lock, error) {
	path := filepath.Join(dir, name)
	mine, err := s.acquire(path, 0)
	if err != nil {
		return nil, err
	}
	l := &Lock{path: path, system: s, mine: mine}
	quit, done := make(chan struct{}), make(chan struct{})
	l.stop = sync.OnceFunc(func() { close(quit); <-done })
	go func() {
		defer close(done)
		for {
			select {
			case <-ticks:
				_ = l.beat() // kept for Release
			case <-quit:
				return
			}
		}
	}()
	return l, nil
}

// Verify writes a heartbeat and reports, in an error, why the folder may no longer be
// written to: [*Lost] if it was taken over, or that the lock cannot be read or written.
func (l *Lock) Verify() error { return l.beat() }

// Release gives the folder back: it removes lock.json if it is still this process's,
// and returns [*Lost] if it is not. If the last heartbeat failed, its error is returned.
// Further calls do nothing.
func (l *Lock) Release() error {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mine.ID == "" {
		return nil
	}
	err := l.err
	if lost := l.check(); lost != nil {
		err = lost
	} else if removed := os.Remove(l.path); removed != nil {
		err = removed
	}
	l.mine.ID = ""
	return err
}

// check reads the lock and reports whether it is this process's.
func (l *Lock) check() error {
	r, err := read(l.path, l.system.now())
	var held *Held
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Lost{Path: l.path}
	case errors.As(err, &held):
		return &Lost{l.path, held}
	case err != nil:
		return err
	case r.ID != l.mine.ID:
		return &Lost{l.path, r.held(l.path)}
	}
	return nil
}

// beat writes the time into the lock if it is this process's.
func (l *Lock) beat() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.err = err }()
	f, err := os.OpenFile(l.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return &Lost{Path: l.path}
	}
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	r, err := decode(l.path, f)
	if err != nil {
		return err
	}
	if r.ID != l.mine.ID {
		return &Lost{l.path, r.held(l.path)}
	}
	r.Heartbeat = l.system.now()
	_, err = f.WriteAt(r.encode(), 0) // as long as what is there
	return err
}

const (
	// maxAttempts is how often a lock may change under a taker's eyes.
	maxAttempts = 100
	// maxDepth is how many takers may have died one over the other.
	maxDepth = 16
)

// acquire makes the lock at path this process's, whose record it returns; see the
// package's comment.
func (s system) acquire(path string, depth int) (record, error) {
	if depth > maxDepth {
		return record{}, damaged(path, fmt.Sprintf("more than %d processes that died while they took over from one another", maxDepth), "fewer")
	}
	for range maxAttempts {
		mine := s.record()
		err := create(path, mine)
		if err == nil {
			return mine, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return record{}, err
		}
		holder, err := read(path, s.now())
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // it was released just now
		case err != nil:
			return record{}, err
		case !s.stale(holder):
			return record{}, holder.held(path)
		}
		mine, err = s.takeOver(path, holder, depth)
		if err != nil || mine.ID != "" {
			return mine, err
		}
	}
	return record{}, fmt.Errorf("%s: taken and released %d times while this process tried: try again", path, maxAttempts)
}

// takeOver replaces the stale lock of a holder and returns this process's record, an
// empty one if another process was first.
func (s system) takeOver(path string, holder record, depth int) (mine record, err error) {
	guard := filepath.Join(filepath.Dir(path), "lock-"+holder.ID+".json")
	mine, err = s.acquire(guard, depth+1)
	if err != nil {
		var held *Held
		if errors.As(err, &held) {
			held.Path = path
		}
		return record{}, err
	}
	now, err := read(path, s.now())
	if err != nil || now.ID != holder.ID || !s.stale(now) {
		return record{}, remove(guard) // whatever there is at path, the next attempt meets it
	}
	if err := os.Rename(guard, path); err != nil {
		if left := remove(guard); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return record{}, err
	}
	if now, err = read(path, s.now()); err != nil || now.ID != mine.ID {
		return record{}, nil
	}
	return mine, nil
}

// remove removes a file that need not be there.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
