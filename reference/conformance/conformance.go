// Package conformance checks a backend against the golden suite as Go tests, in the
// spirit of testing/fstest:
//
//	func TestBackend(t *testing.T) {
//		conformance.Test(t, myBackend, golden.F32)
//	}
//
// Each case is a subtest: go test -run TestBackend/Golden/softmax/3x5 picks one.
package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/reference/suite"
)

// Test puts every case of the suite to a backend, as the subtest Golden/OP/CASE,
// and holds its answers to a profile's tolerances. Cases of unsupported operations are
// skipped. A backend that supports no operation fails.
func Test(t *testing.T, backend golden.Backend, profile golden.Profile) {
	t.Helper()
	s, err := suite.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := golden.ParseProfile(string(profile)); err != nil {
		t.Fatal(err)
	}
	gaps := map[string]bool{}
	for _, name := range s.Gaps[profile] {
		gaps[name] = true
	}
	t.Run("Golden", func(t *testing.T) {
		ran, unsupported := 0, 0
		for _, op := range operations(s) {
			t.Run(op, func(t *testing.T) {
				for i, e := range s.Cases {
					if e.Op != op || gaps[e.Name()] {
						continue
					}
					t.Run(caseName(e), func(t *testing.T) {
						r := result(t, backend, s, i, profile)
						switch {
						case r.Verdict == report.Unsupported:
							unsupported++
							t.Skipf("SKIPPED: %s", r.Why)
						case r.Verdict.Failure():
							t.Errorf("%s: %s", r.Verdict, r.Why)
						}
						ran++
					})
				}
			})
		}
		if ran == 0 && unsupported > 0 {
			t.Error("no case was run")
		}
	})
}

// operations returns the suite's operations in the order of their first cases.
func operations(s *golden.Suite) []string {
	var ops []string
	seen := map[string]bool{}
	for _, e := range s.Cases {
		if !seen[e.Op] {
			seen[e.Op] = true
			ops = append(ops, e.Op)
		}
	}
	return ops
}

// caseName is the name of a case's subtest: without its operation's.
func caseName(e golden.Entry) string {
	name := strings.TrimPrefix(e.Name(), e.Op+"-")
	if reject, ok := strings.CutPrefix(name, "reject/"); ok {
		return "reject-" + strings.TrimPrefix(reject, e.Op+"-")
	}
	return strings.ReplaceAll(name, "/", "-")
}

// result puts one case of the suite to the backend.
func result(t *testing.T, backend golden.Backend, s *golden.Suite, i int, profile golden.Profile) report.Result {
	t.Helper()
	one := &golden.Suite{Manifest: golden.Manifest{Cases: s.Cases[i : i+1 : i+1]}, Loaded: s.Loaded[i : i+1 : i+1]}
	if s.Cases[i].Reject { // its refusal counts beside an answer
		sound := slices.IndexFunc(s.Cases, func(e golden.Entry) bool { return e.Op == s.Cases[i].Op && !e.Reject })
		one.Cases, one.Loaded = append(one.Cases, s.Cases[sound]), append(one.Loaded, s.Loaded[sound])
	}
	r, err := check.Run(t.Context(), one, check.InProcess{Backend: backend, Jobs: 1},
		check.Options{Profile: profile, Select: check.Selection{Only: []string{s.Cases[i].Name()}}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Results[0]
}

// Exec makes an external command a backend for [Test]. With command.Folder it asks
// for the whole suite in a call at the first question, so that start-up is paid
// once; otherwise it makes a call a question.
func Exec(command check.Command) golden.Backend {
	all := sync.OnceValues(func() (map[string]check.Reply, error) {
		s, err := suite.Open()
		if err != nil {
			return nil, err
		}
		return askAll(command, s.Loaded)
	})
	return golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		if !command.Folder {
			replies, err := askAll(command, []*golden.Case{c})
			if err != nil {
				return nil, err
			}
			return replies[c.Name].Answer, replies[c.Name].Err
		}
		replies, err := all()
		if err != nil {
			return nil, err
		}
		r, there := replies[c.Name]
		if !there {
			return nil, fmt.Errorf("%s is not a case of the suite", c.Name)
		}
		return r.Answer, r.Err
	})
}

func askAll(command check.Command, cases []*golden.Case) (map[string]check.Reply, error) {
	replies := map[string]check.Reply{}
	var mutex sync.Mutex
	_, err := command.Ask(context.Background(), cases, func(i int, r check.Reply) {
		mutex.Lock()
		defer mutex.Unlock()
		replies[cases[i].Name] = r
	})
	return replies, err
}
