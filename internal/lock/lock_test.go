package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is where several processes of several machines meet: their clock, and which of
// them live.
type world struct {
	mu   sync.Mutex
	time time.Time
	dead map[int]bool
}

func newWorld() *world {
	// The clock is set by the files', which say when they were last written to.
	return &world{time: time.Now().UTC().Truncate(time.Second), dead: map[int]bool{}}
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) end(process int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead[process] = true
}

// process is one of them as it sees itself and the world.
func (w *world) process(host string, number int) system {
	return system{
		self: record{Host: host, Boot: "first", Process: number, Started: fmt.Sprint("at ", number)},
		now: func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.time
		},
		alive: func(process int, started string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return !w.dead[process] && started == fmt.Sprint("at ", process)
		},
	}
}

// requireOnly checks which files there are in a folder.
func requireOnly(t testing.TB, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	require.Equal(t, names, found)
}

func requireHeld(t testing.TB, err error, process int) {
	t.Helper()
	var held *Held
	require.ErrorAs(t, err, &held)
	require.Equal(t, process, held.Process)
	require.Equal(t, name, filepath.Base(held.Path))
	require.NotContains(t, err.Error(), "\n")
}

// TestHolder: who holds a folder is told to all, and nobody once they are gone.
func TestHolder(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	here, there := w.process("here", 1), w.process("there", 2)
	holds := func(s system, process int) {
		t.Helper()
		held, err := s.holder(filepath.Join(dir, name))
		require.NoError(t, err)
		if process == 0 {
			require.Nil(t, held)
			return
		}
		requireHeld(t, held, process)
	}
	holds(here, 0)
	_, err := here.acquire(filepath.Join(dir, name), 0)
	require.NoError(t, err)
	holds(w.process("here", 3), 1)
	holds(there, 1)
	w.end(1)
	holds(w.process("here", 3), 0)
	holds(there, 1)
	w.pass(staleAfter + time.Second)
	holds(there, 0)
	requireOnly(t, dir, name)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o644))
	require.NoError(t, os.Chtimes(filepath.Join(dir, name), time.Time{}, w.time.Add(-time.Hour)))
	_, err = here.holder(filepath.Join(dir, name))
	require.ErrorContains(t, err, "found the id")
}

func TestAcquireAndRelease(t *testing.T) {
	dir := t.TempDir()
	l, err := Acquire(dir)
	require.NoError(t, err)
	require.NoError(t, l.Verify())
	_, err = Acquire(dir)
	requireHeld(t, err, os.Getpid())
	host, err2 := os.Hostname()
	require.NoError(t, err2)
	require.ErrorContains(t, err, fmt.Sprintf("%s: held by process %d on %s since 20", filepath.Join(dir, name), os.Getpid(), host))
	requireOnly(t, dir, name)

	require.NoError(t, l.Release())
	requireOnly(t, dir)
	require.NoError(t, l.Release())
	l2, err := Acquire(dir)
	require.NoError(t, err)
	var lost *Lost
	require.ErrorAs(t, l.Verify(), &lost)
	require.NoError(t, l.Release(), "twice")
	require.NoError(t, l2.Verify())
	require.NoError(t, l2.Release())

	_, err = Acquire(filepath.Join(dir, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestTakeOver holds when a lock may be taken over, and what its holder then meets.
func TestTakeOver(t *testing.T) {
	for _, test := range []struct {
		name  string
		other func(w *world, s *system) // changes the second process's world
		taken bool
	}{
		{"alive", func(*world, *system) {}, false},
		{"silent for an hour, but there", func(w *world, _ *system) { w.pass(time.Hour) }, false},
		{"dead", func(w *world, _ *system) { w.end(1) }, true},
		{"its number is another's now", func(_ *world, s *system) { s.alive = func(_ int, started string) bool { return started == "at 7" } }, true},
		{"started anew", func(_ *world, s *system) { s.self.Boot = "second" }, true},
		{"another machine", func(_ *world, s *system) { s.self.Host = "b" }, false},
		{"another machine, started later", func(_ *world, s *system) { s.self.Host, s.self.Boot = "b", "second" }, false},
		{"another machine of that name", func(w *world, s *system) { s.self.Machine, s.self.Boot = "b", "second"; w.end(1) }, false},
		{"another machine, five minutes later", func(w *world, s *system) { s.self.Host = "b"; w.pass(5 * time.Minute) }, false},
		{"another machine, later still", func(w *world, s *system) { s.self.Host = "b"; w.pass(5*time.Minute + time.Second) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, dir := newWorld(), t.TempDir()
			first, err := w.process("a", 1).lock(dir, nil)
			require.NoError(t, err)
			s := w.process("a", 2)
			test.other(w, &s)
			second, err := s.lock(dir, nil)
			requireOnly(t, dir, name)
			if !test.taken {
				requireHeld(t, err, 1)
				require.NoError(t, first.Verify())
				require.NoError(t, first.Release())
				requireOnly(t, dir)
				return
			}
			require.NoError(t, err)
			var lost *Lost
			require.ErrorAs(t, first.Verify(), &lost)
			require.Equal(t, 2, lost.By.Process)
			require.ErrorAs(t, first.Release(), &lost)
			require.ErrorContains(t, lost, "found the lock of process 2 on ")
			require.NoError(t, second.Verify(), "the first has left it alone")
			require.NoError(t, second.Release())
			requireOnly(t, dir)
		})
	}
}

// TestHeartbeat: a holder that is heard of keeps its lock, and Verify is heard of.
func TestHeartbeat(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	ticks := make(chan time.Time)
	l, err := w.process("a", 1).lock(dir, ticks)
	require.NoError(t, err)
	for range 3 {
		w.pass(4 * time.Minute)
		ticks <- w.time
		ticks <- w.time // the first was dealt with
		_, err := w.process("b", 2).lock(dir, nil)
		requireHeld(t, err, 1)
	}
	w.pass(4 * time.Minute)
	require.NoError(t, l.Verify())
	w.pass(4 * time.Minute)
	_, err = w.process("b", 2).lock(dir, nil)
	requireHeld(t, err, 1)
	require.NoError(t, l.Release())
}

// TestHeartbeatFails: its error comes with Verify or, if that is not called any more,
// with Release.
func TestHeartbeatFails(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	ticks := make(chan time.Time)
	l, err := w.process("a", 1).lock(dir, ticks)
	require.NoError(t, err)
	path := filepath.Join(dir, name)
	require.NoError(t, os.Rename(path, path+".away"))
	require.NoError(t, os.Mkdir(path, 0o755))
	require.ErrorContains(t, l.Verify(), name)
	ticks <- w.time
	ticks <- w.time
	l.stop() // after the last of them was dealt with
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Rename(path+".away", path))
	require.ErrorContains(t, l.Release(), name)
	requireOnly(t, dir)

	l, err = w.process("a", 1).lock(dir, nil)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	var lost *Lost
	require.ErrorAs(t, l.Verify(), &lost)
	require.Nil(t, lost.By)
	require.ErrorContains(t, lost, "found no such file")
	require.ErrorAs(t, l.Release(), &lost)
}

// TestTakersThatMeet goes through the orders in which two takers of one stale lock can
// come to each of their steps.
func TestTakersThatMeet(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	path := filepath.Join(dir, name)
	_, err := w.process("a", 1).lock(dir, nil)
	require.NoError(t, err)
	w.end(1)
	one, two := w.process("a", 2), w.process("a", 3)
	stale, err := read(path, w.time)
	require.NoError(t, err)
	guard := filepath.Join(dir, "lock-"+stale.ID+".json")

	// The second comes while the first has the guard.
	mine, err := one.acquire(guard, 1)
	require.NoError(t, err)
	_, err = two.lock(dir, nil)
	requireHeld(t, err, 2)
	requireOnly(t, dir, "lock-"+stale.ID+".json", name)

	// The first dies with it: the second takes over the guard, and with it the lock.
	w.end(2)
	l, err := two.lock(dir, nil)
	require.NoError(t, err)
	require.NotEqual(t, mine.ID, l.mine.ID)
	requireOnly(t, dir, name)

	// A third had seen the stale lock before, and comes only now.
	late, err := w.process("a", 4).takeOver(path, stale, 0)
	require.NoError(t, err)
	require.Empty(t, late.ID)
	requireOnly(t, dir, name)
	require.NoError(t, l.Verify())

	// One that had it from another machine was heard of again meanwhile.
	far := w.process("b", 5)
	now, err := read(path, w.time)
	require.NoError(t, err)
	w.pass(time.Hour)
	require.True(t, far.stale(now))
	require.NoError(t, l.Verify())
	late, err = far.takeOver(path, now, 0)
	require.NoError(t, err)
	require.Empty(t, late.ID)
	require.NoError(t, l.Verify())
	require.NoError(t, l.Release())
	requireOnly(t, dir)
}

// TestManyTakersDied: their guards are taken over one by one, but not for ever.
func TestManyTakersDied(t *testing.T) {
	for _, dead := range []int{maxDepth, maxDepth + 1} {
		w, dir := newWorld(), t.TempDir()
		w.end(1)
		path := filepath.Join(dir, name)
		for range dead {
			r := w.process("a", 1).record()
			require.NoError(t, create(path, r))
			path = filepath.Join(dir, "lock-"+r.ID+".json")
		}
		l, err := w.process("a", 2).lock(dir, nil)
		if dead > maxDepth {
			require.ErrorContains(t, err, "remove the file")
			continue
		}
		require.NoError(t, err)
		require.NoError(t, l.Release())
		requireOnly(t, dir)
	}
}

// TestDamaged holds what is said of files that are no locks.
func TestDamaged(t *testing.T) {
	w := newWorld()
	good := string(w.process("a", 1).record().encode())
	change := func(from, to string) string {
		require.Contains(t, good, from)
		return strings.Replace(good, from, to, 1)
	}
	for _, test := range []struct{ text, says string }{
		{"", "found an empty file"},
		{"[]", "found 2 bytes (json: cannot unmarshal array"},
		{"locked by hand\n", "found 15 bytes (invalid character 'l'"},
		{good[:len(good)/2], "unexpected end of JSON input"},
		{`{"version":1}`, `found the id ""`},
		{change(`"id":"`, `"id":"../../`), `found the id "../../`},
		{change(`"process":1`, `"process":-1`), `found process -1 on host "a"`},
		{change(`"host":"a"`, `"host":""`), `found process 1 on host ""`},
		{change(`"heartbeat":"2`, `"heartbeats":"2`), "found no time of beginning or heartbeat"},
		{change(`"boot":"first"`, `"boot":"`+strings.Repeat("x", maxBytes)+`"`), "found more than 4096 bytes"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(test.text), 0o644))

		// It may be in the middle of being written.
		_, err := w.process("a", 2).lock(dir, nil)
		var held *Held
		require.ErrorAs(t, err, &held)
		require.ErrorContains(t, err, "held by a process that is taking it now")

		old := w.time.Add(-2 * time.Minute)
		require.NoError(t, os.Chtimes(path, old, old))
		_, err = w.process("a", 2).lock(dir, nil)
		require.ErrorContains(t, err, path+": found ")
		require.ErrorContains(t, err, test.says)
		require.ErrorContains(t, err, "if no process writes in this folder, remove the file")
		require.NotContains(t, err.Error(), "\n")
		requireOnly(t, dir, name)
	}
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	_, err := w.process("a", 2).lock(dir, nil)
	require.ErrorContains(t, err, "found no regular file")
}

// TestGoroutines: of many that take a stale lock at the same time one gets it, and of
// many that take and release it one has it at any time.
func TestGoroutines(t *testing.T) {
	const takers = 24
	for round := range 20 {
		w, dir := newWorld(), t.TempDir()
		if round%2 == 0 {
			_, err := w.process("a", 1).lock(dir, nil)
			require.NoError(t, err)
			w.end(1)
		}
		var won atomic.Int32
		together(takers, func(i int) {
			_, err := w.process("a", 2+i).lock(dir, nil)
			if err == nil {
				won.Add(1)
				return
			}
			var held *Held
			if !errors.As(err, &held) {
				t.Error(err)
			}
		})
		require.Equal(t, int32(1), won.Load())
		requireOnly(t, dir, name)
	}

	w, dir := newWorld(), t.TempDir()
	var inside, times atomic.Int32
	together(takers, func(i int) {
		s := w.process("a", 2+i)
		for range 50 {
			l, err := s.lock(dir, nil)
			if err != nil {
				continue // held, or it changed too often
			}
			if inside.Add(1) != 1 {
				t.Error("two hold it")
			}
			times.Add(1)
			inside.Add(-1)
			if err := l.Release(); err != nil {
				t.Error(err)
			}
		}
	})
	require.Positive(t, times.Load())
	requireOnly(t, dir)
}

// together calls f in n goroutines that begin at the same time, and waits for them.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	wg.Wait()
}

func FuzzDecode(f *testing.F) {
	f.Add(newWorld().process("a", 1).record().encode())
	f.Add([]byte(`{"id":"x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decode("lock.json", strings.NewReader(string(text)))
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		again, err := decode("lock.json", strings.NewReader(string(r.encode())))
		require.NoError(t, err)
		require.Equal(t, r.ID, again.ID)
	})
}
