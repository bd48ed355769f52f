package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"entrec/reference/golden"
	"entrec/reference/report"
)

// Options say how a suite is checked.
type Options struct {
	Profile  golden.Profile
	Ops      []string              // the operations to check; none: all
	Progress func(done, total int) // called after each reply; may be nil
}

// Run puts the suite's questions to a backend and compares its answers. The error says that
// it could not be done, as with a profile that the suite is not valid for
// ([golden.Suite.ValidFor]); whether the backend passes is [report.Report.Err].
func Run(ctx context.Context, s *golden.Suite, backend Asker, o Options) (*report.Report, error) {
	if _, err := golden.ParseProfile(string(o.Profile)); err != nil {
		return nil, err
	}
	if err := s.ValidFor(o.Profile); err != nil {
		return nil, err
	}
	progress := o.Progress
	if progress == nil {
		progress = func(int, int) {}
	}
	result := &report.Report{Profile: o.Profile, Generator: s.Generator, GeneratorVersion: s.GeneratorVersion}
	var entries []golden.Entry
	var cases []*golden.Case
	for i, e := range s.Cases {
		switch {
		case len(o.Ops) > 0 && !slices.Contains(o.Ops, e.Op):
		case slices.Contains(s.Gaps[o.Profile], e.Name()):
			result.LeftOut = append(result.LeftOut, e.Name())
		default:
			entries, cases = append(entries, e), append(cases, s.Loaded[i])
		}
	}
	result.Expected = len(cases)
	for _, op := range o.Ops {
		if !slices.ContainsFunc(s.Cases, func(e golden.Entry) bool { return e.Op == op }) {
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
	unsupported := unsupportedOps(entries, replies)
	for i, e := range entries {
		if replies[i] == (Reply{}) {
			continue // not asked: the count tells
		}
		if e.Reject && unsupported[e.Op] {
			replies[i] = Reply{Err: fmt.Errorf("%s: %w", e.Op, golden.ErrUnsupported)}
		}
		verdict, why, found := judge(cases[i], e.Reject, replies[i], e.TolerancesFor(o.Profile))
		result.Add(e, verdict, why, found)
	}
	return result, nil
}

// unsupportedOps returns the operations of which a backend answered nothing because it
// does not have them. That it does not answer their rejects says nothing then.
func unsupportedOps(entries []golden.Entry, replies []Reply) map[string]bool {
	ops := map[string]bool{}
	for i, e := range entries {
		if !e.Reject && errors.Is(replies[i].Err, golden.ErrUnsupported) {
			ops[e.Op] = true
		}
	}
	for i, e := range entries {
		if !e.Reject && !errors.Is(replies[i].Err, golden.ErrUnsupported) {
			delete(ops, e.Op)
		}
	}
	return ops
}
