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

// Option changes what [Test] asks or how it takes answers.
type Option func(o *options)

type options struct {
	check.Options
	skipped []check.Expectation
	report  func(r *report.Report)
}

// Ops asks about the operations alone that one of the globs fits.
func Ops(globs ...string) Option {
	return func(o *options) { o.Select.Ops = append(o.Select.Ops, globs...) }
}

// Forward asks for outputs alone, no gradients.
func Forward() Option { return func(o *options) { o.Forward = true } }

// Skip skips the cases that one of the globs fits, for a reason.
func Skip(reason string, globs ...string) Option {
	return func(o *options) { o.skipped = append(o.skipped, expectations(reason, globs)...) }
}

// Expect says that the cases that one of the globs fits fail, for a reason. They are skipped; one
// that passes is told in the log.
func Expect(reason string, globs ...string) Option {
	return func(o *options) { o.Expect = append(o.Expect, expectations(reason, globs)...) }
}

// Report gives the report of all cases that were run to f, at the end.
func Report(f func(r *report.Report)) Option { return func(o *options) { o.report = f } }

func expectations(reason string, globs []string) (all []check.Expectation) {
	for _, glob := range globs {
		all = append(all, check.Expectation{Case: glob, Reason: reason})
	}
	return all
}

// Test puts every case of the suite to a backend, as the subtest Golden/OP/CASE,
// and holds its answers to a profile's tolerances. Cases of unsupported operations are
// skipped. A backend that supports no operation fails. The log has the worst error of each
// case, in units of its tolerance, and the table of operations at the end.
func Test(t *testing.T, backend golden.Backend, profile golden.Profile, with ...Option) {
	t.Helper()
	s, err := suite.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := golden.ParseProfile(string(profile)); err != nil {
		t.Fatal(err)
	}
	o := &options{Options: check.Options{Profile: profile, LooksLike: suite.LooksLike}}
	for _, option := range with {
		option(o)
	}
	gaps := map[string]bool{}
	for _, name := range s.Gaps[profile] {
		gaps[name] = true
	}
	all := &report.Report{Profile: profile, Forward: o.Forward, Generator: s.Generator, GeneratorVersion: s.GeneratorVersion, Suite: s.Sum()}
	t.Run("Golden", func(t *testing.T) {
		for _, op := range operations(s) {
			if !o.Select.HasOp(op) {
				continue
			}
			t.Run(op, func(t *testing.T) {
				for i, e := range s.Cases {
					if e.Op == op && !gaps[e.Name()] {
						t.Run(caseName(e), func(t *testing.T) { o.testCase(t, all, backend, s, i) })
					}
				}
			})
		}
		if all.Passed+all.Failed+all.Excused == 0 && all.Unsupported > 0 {
			t.Error("no case was run")
		}
	})
	all.Expected = len(all.Results)
	var table strings.Builder
	if err := all.WriteTable(&table); err != nil {
		t.Error(err)
	}
	t.Log("\n" + table.String())
	if o.report != nil {
		o.report(all)
	}
}

// testCase puts one case of the suite to the backend, enters it in the report of all and makes it
// the result of a test.
func (o *options) testCase(t *testing.T, all *report.Report, backend golden.Backend, s *golden.Suite, i int) {
	t.Helper()
	for _, skipped := range o.skipped {
		if check.Fits(skipped.Case, s.Cases[i].Name()) {
			t.Skipf("SKIPPED: %s", skipped.Reason)
		}
	}
	r, asked := o.result(t, backend, s, i)
	if !asked {
		t.Skip("SKIPPED: it is about gradients, which are not asked for")
	}
	all.Enter(r)
	switch {
	case r.Verdict == report.Unsupported:
		t.Skipf("SKIPPED: %s", r.Why)
	case r.Fails():
		t.Errorf("%s: %s", r.Verdict, r.Explained())
	case r.Verdict.Failure():
		t.Skipf("SKIPPED: %s, as expected (%s)", r.Verdict, r.Excused)
	case len(r.Tensors) > 0:
		t.Logf("worst error %.2g of its tolerance%s", float64(r.Worst), noGradient(r))
	}
	if r.Verdict == report.Pass && r.Excused != "" {
		t.Logf("passes, which was expected to fail (%s)", r.Excused)
	}
}

// noGradient says why gradients were not compared.
func noGradient(r report.Result) string {
	switch {
	case r.NotAsked > 0:
		return "; no gradient was asked for"
	case r.Lacking > 0:
		return "; no gradient: " + r.NoGradients
	}
	return ""
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

// result puts one case of the suite to the backend. It is not asked where it is about gradients
// that are not asked for.
func (o *options) result(t *testing.T, backend golden.Backend, s *golden.Suite, i int) (r report.Result, asked bool) {
	t.Helper()
	one := &golden.Suite{Manifest: golden.Manifest{Cases: s.Cases[i : i+1 : i+1]}, Loaded: s.Loaded[i : i+1 : i+1]}
	if s.Cases[i].Reject { // its refusal counts beside an answer
		sound := slices.IndexFunc(s.Cases, func(e golden.Entry) bool { return e.Op == s.Cases[i].Op && !e.Reject })
		one.Cases, one.Loaded = append(one.Cases, s.Cases[sound]), append(one.Loaded, s.Loaded[sound])
	}
	options := o.Options
	options.Select = check.Selection{Only: []string{s.Cases[i].Name()}}
	options.Expect = slices.DeleteFunc(slices.Clone(o.Expect), func(e check.Expectation) bool { return !check.Fits(e.Case, s.Cases[i].Name()) })
	all, err := check.Run(t.Context(), one, check.InProcess{Backend: backend, Jobs: 1}, options)
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Results) == 0 {
		return report.Result{}, false
	}
	return all.Results[0], true
}

// Exec makes an external command a backend for [Test]. With command.Folder or command.Server it asks
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
		if !command.Folder && !command.Server {
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
