package reference

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Asker puts questions to a backend. It calls reply once for each, from any
// goroutine, with the index of the case. Its own error says that it could not ask.
type Asker interface {
	Ask(ctx context.Context, cases []*Case, reply func(i int, r Reply)) error
}

// Reply is an answer or why there is none: an error that wraps [ErrUnsupported] or
// [ErrNoAnswer], a *[RefusedError], *[ExitError], *[TimeoutError] or
// *safetensors.FormatError, or any other, which counts as a crash.
type Reply struct {
	Answer *Answer
	Err    error
}

// InProcess asks a backend of this process, Jobs questions at a time.
type InProcess struct {
	Backend Backend
	Jobs    int // at least 1
}

// Ask asks one case after another.
func (p InProcess) Ask(ctx context.Context, cases []*Case, reply func(i int, r Reply)) error {
	return parallel(ctx, p.Jobs, len(cases), func(i int) error {
		c := *cases[i]
		c.Out, c.Grad = nil, nil
		a, err := Ask(p.Backend, &c)
		reply(i, Reply{a, err})
		return nil
	})
}

// parallel calls f(0), …, f(n−1), at most jobs at a time, until one fails or ctx
// is done.
func parallel(ctx context.Context, jobs, n int, f func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(jobs, n)) {
		wg.Go(func() {
			for i := range next {
				if err := f(i); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// Profiles are the precisions that a backend can be held to. In f64 every
// tolerance is 1e-10 of the largest element, and where a float32 backend is
// granted an absolute error, that of float64 for it.
var Profiles = []string{"f32", "tf32", "bf16", "f64"}

// tolerances returns what a case's tensors may be off in a profile.
func (e Entry) tolerances(profile string) map[string]Tolerance {
	if profile != "f64" {
		return e.Tolerances[profile]
	}
	t := map[string]Tolerance{}
	for tensor, single := range e.Tolerances["f32"] {
		t[tensor] = Tolerance{Atol: single.Atol / (1 << 26), Rtol: 1e-10}
	}
	return t
}

// CheckProfile returns an error where there is no such profile.
func CheckProfile(profile string) error {
	if !slices.Contains(Profiles, profile) {
		return fmt.Errorf("profile: found %q, expected one of %v", profile, Profiles)
	}
	return nil
}

// CheckOptions say how a suite is checked.
type CheckOptions struct {
	Profile  string                // one of [Profiles]
	Ops      []string              // those to check; none: all
	Progress func(done, total int) // called now and then, may be nil
}

// Check puts the suite's questions to a backend and compares. The error says that
// it could not be done; whether the backend passes is [Report.Err].
func (s *Suite) Check(ctx context.Context, backend Asker, o CheckOptions) (*Report, error) {
	if err := CheckProfile(o.Profile); err != nil {
		return nil, err
	}
	progress := o.Progress
	if progress == nil {
		progress = func(int, int) {}
	}
	report := &Report{Profile: o.Profile, Generator: s.Generator, GeneratorVersion: s.GeneratorVersion}
	var entries []Entry
	var cases []*Case
	for i, e := range s.Cases {
		if (len(o.Ops) == 0 || slices.Contains(o.Ops, e.Op)) && !slices.Contains(s.Gaps[o.Profile], e.Name()) {
			entries, cases = append(entries, e), append(cases, s.Loaded[i])
		}
	}
	report.Expected = len(cases)
	for _, op := range o.Ops {
		if !slices.ContainsFunc(s.Cases, func(e Entry) bool { return e.Op == op }) {
			return nil, fmt.Errorf("operation %q: the suite has no case of it", op)
		}
	}
	replies := make([]Reply, len(cases))
	var mutex sync.Mutex
	done := 0
	progress(0, len(cases))
	err := backend.Ask(ctx, cases, func(i int, r Reply) {
		mutex.Lock()
		defer mutex.Unlock()
		replies[i] = r
		done++
		progress(done, len(cases))
	})
	if err != nil {
		return nil, err
	}
	lacking := wholly(entries, replies)
	for i, e := range entries {
		if replies[i] == (Reply{}) {
			continue // not asked: the count tells
		}
		if e.Reject && lacking[e.Op] {
			replies[i] = Reply{Err: fmt.Errorf("%s: %w", e.Op, ErrUnsupported)}
		}
		verdict, why, found := judge(cases[i], e.Reject, replies[i], e.tolerances(o.Profile))
		report.add(e, verdict, why, found)
	}
	return report, nil
}

// wholly returns the operations of which a backend answered nothing since it lacks
// them. That it answers none of their rejects says nothing then.
func wholly(entries []Entry, replies []Reply) map[string]bool {
	lacking := map[string]bool{}
	for i, e := range entries {
		if !e.Reject && errors.Is(replies[i].Err, ErrUnsupported) {
			lacking[e.Op] = true
		}
	}
	for i, e := range entries {
		if !e.Reject && !errors.Is(replies[i].Err, ErrUnsupported) {
			delete(lacking, e.Op)
		}
	}
	return lacking
}
