package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"entrec/reference/diagnosis"
	"entrec/reference/golden"
	"entrec/reference/report"
)

// Options say how a suite is checked.
type Options struct {
	Profile  golden.Profile
	Select   Selection
	Forward  bool                  // outputs alone are asked for, no gradients
	FailFast bool                  // ends at the first failure
	Repeat   int                   // how often everything is asked, to compare the bits of answers; 0 is once
	Again    bool                  // a few failures are asked again, by which one that is flaky is told
	Expect   []Expectation         // failures that are no failures
	Progress func(done, total int) // called after each reply; may be nil
	// LooksLike, if not nil, names the error that a wrong answer to a case shows, "" where it
	// knows none. It is asked about three answers an operation.
	LooksLike func(c *golden.Case, a *golden.Answer, tolerances map[string]golden.Tolerance) string
}

// explained is how many answers of an operation LooksLike is asked about.
const explained = 3

// errFirstFailure is why a check that ends at the first failure ends.
var errFirstFailure = errors.New("the first failure")

// Run puts the suite's questions to a backend and compares its answers. The error says that
// it could not be done, as with a profile that the suite is not valid for
// ([golden.Suite.ValidFor]) or a selection that it does not have (a *[SelectionError]); whether
// the backend passes is [report.Report.Err]. Where the context is done there are both the cause
// and a report of what was answered.
//
// A question that must be refused is so only by a backend that answers others of the operation.
// Where none of them is selected, one is asked beside, which is in no report.
func Run(ctx context.Context, s *golden.Suite, backend Asker, o Options) (*report.Report, error) {
	if _, err := golden.ParseProfile(string(o.Profile)); err != nil {
		return nil, err
	}
	if err := s.ValidFor(o.Profile); err != nil {
		return nil, err
	}
	r := &run{options: o, suite: s, looked: map[string]int{}, report: &report.Report{Profile: o.Profile, Forward: o.Forward,
		Generator: s.Generator, GeneratorVersion: s.GeneratorVersion, Suite: s.Sum(), Host: host()}}
	if err := r.choose(); err != nil {
		return nil, err
	}
	begun := time.Now()
	err := r.ask(ctx, backend)
	r.report.Seconds = seconds(time.Since(begun))
	return r.report, err
}

// host names the machine of the check.
func host() string {
	name, err := os.Hostname()
	if err != nil {
		name = "unnamed"
	}
	return fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), name)
}

// seconds rounds to milliseconds.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// run is a check that goes on.
type run struct {
	options Options
	suite   *golden.Suite
	report  *report.Report
	asked   []question
	looked  map[string]int // by operation, how many answers LooksLike was asked about
	mutex   sync.Mutex
	done    int // replies so far
}

// question is a case of the suite as it is asked, and the reply.
type question struct {
	golden.Entry
	c       *golden.Case // with what is expected
	whole   *golden.Case // with its gradients, also where they are not asked for
	beside  bool         // it is in no report
	replied bool
	reply   Reply
	outcome report.Outcome
	unlike  string // how a repeated answer differs from the first
}

// again is how many failures are asked again.
const again = 10

// choose lists what is asked.
func (r *run) choose() error {
	selected, err := r.options.Select.of(r.suite)
	if err != nil {
		return err
	}
	for _, e := range r.options.Expect {
		if _, err := (Selection{Cases: []string{e.Case}}).of(r.suite); err != nil {
			if e.Place != "" {
				err = fmt.Errorf("%s: %w", e.Place, err)
			}
			return err
		}
	}
	sound, refused := map[string]bool{}, map[string]bool{}
	for _, i := range selected {
		e, name := r.suite.Cases[i], r.suite.Cases[i].Name()
		switch {
		case slices.Contains(r.suite.Gaps[r.options.Profile], name):
			r.report.LeftOut = append(r.report.LeftOut, name)
			continue
		case r.options.Forward && e.Reject && ofGradients(r.suite.Loaded[i]):
			r.report.NotAsked = append(r.report.NotAsked, name)
			continue
		case e.Reject:
			refused[e.Op] = true
		default:
			sound[e.Op] = true
		}
		r.asked = append(r.asked, r.question(i))
	}
	r.report.Expected = len(r.asked)
	for i, e := range r.suite.Cases {
		if !e.Reject && refused[e.Op] && !sound[e.Op] {
			sound[e.Op] = true
			q := r.question(i)
			q.beside = true
			r.asked = append(r.asked, q)
		}
	}
	return nil
}

func (r *run) question(i int) question {
	c := *r.suite.Loaded[i]
	if r.options.Forward {
		c.Attrs = golden.Attrs{}
		for name, v := range r.suite.Loaded[i].Attrs {
			if name != "wrt" {
				c.Attrs[name] = v
			}
		}
		c.CT, c.Grad = nil, nil
	}
	return question{Entry: r.suite.Cases[i], c: &c, whole: r.suite.Loaded[i]}
}

// ofGradients reports whether a question asks for gradients, rightly or not.
func ofGradients(c *golden.Case) bool {
	_, there := c.Attrs["wrt"]
	return there || len(c.CT) > 0
}

// ask asks and judges all questions.
func (r *run) ask(ctx context.Context, backend Asker) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cases := make([]*golden.Case, len(r.asked))
	for i, q := range r.asked {
		cases[i] = q.c
	}
	r.progress()
	declared, err := backend.Ask(ctx, cases, func(i int, reply Reply) {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		q := &r.asked[i]
		q.replied, q.reply = true, reply
		r.done++
		r.progress()
		if !q.Reject {
			q.outcome = r.judge(q)
			if r.options.FailFast && q.outcome.Verdict.Failure() && q.outcome.Excused == "" {
				cancel(errFirstFailure)
			}
		}
	})
	r.report.Declared = declared
	if err == nil && ctx.Err() == nil {
		err = r.repeat(ctx, backend, cases)
	}
	var unread *DeclarationError
	switch {
	case errors.As(err, &unread):
		r.report.Problem, err = unread.Error(), nil
	case errors.Is(err, errFirstFailure), errors.Is(context.Cause(ctx), errFirstFailure):
		r.report.Stopped, err = errFirstFailure.Error(), nil
	case err != nil && ctx.Err() == nil:
		return err
	case err != nil:
		r.report.Stopped = oneLine(err)
	}
	r.conclude()
	return err
}

func (r *run) progress() {
	if r.options.Progress != nil {
		r.options.Progress(r.done, len(r.asked)*max(1, r.options.Repeat))
	}
}

// repeat asks everything again, as often as is asked for, and then failures.
func (r *run) repeat(ctx context.Context, backend Asker, cases []*golden.Case) error {
	for range r.options.Repeat - 1 {
		_, err := backend.Ask(ctx, cases, func(i int, reply Reply) {
			r.mutex.Lock()
			defer r.mutex.Unlock()
			r.done++
			r.progress()
			q := &r.asked[i]
			if q.unlike == "" && q.replied {
				q.unlike = unlike(q.reply, reply)
			}
		})
		if err != nil {
			return err
		}
	}
	if !r.options.Again {
		return nil
	}
	var failures []*question
	var theirs []*golden.Case
	for i := range r.asked {
		q := &r.asked[i]
		var unreadable *UnreadableError // told by its bytes, not by chance
		if q.replied && !q.Reject && q.outcome.Verdict.Failure() && q.outcome.Excused == "" && q.outcome.Verdict != report.Hang && len(failures) < again &&
			!errors.As(q.reply.Err, &unreadable) {
			failures, theirs = append(failures, q), append(theirs, q.c)
		}
	}
	if len(failures) == 0 {
		return nil
	}
	_, err := backend.Ask(ctx, theirs, func(i int, reply Reply) {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		q := *failures[i]
		q.reply = reply
		if o := r.judge(&q); o.Verdict == report.Pass {
			failures[i].outcome.Verdict = report.Flaky
			failures[i].outcome.Why = "asked again it passes; at first: " + failures[i].outcome.Why
		}
	})
	return err
}

// unlike tells how two replies to a question differ in bits, "" where they do not.
func unlike(first, second Reply) string {
	if first.Answer == nil || second.Answer == nil {
		if (first.Answer == nil) != (second.Answer == nil) {
			return fmt.Sprintf("of equal questions one was answered and one not: %s", oneLine(errors.Join(first.Err, second.Err)))
		}
		return ""
	}
	a := &golden.Case{Out: first.Answer.Out, Grad: first.Answer.Grad}
	b := &golden.Case{Out: second.Answer.Out, Grad: second.Answer.Grad}
	if !slices.Equal(a.Tensors(), b.Tensors()) {
		return fmt.Sprintf("found tensors %v at first, then %v", a.Tensors(), b.Tensors())
	}
	for _, name := range a.Tensors() {
		x, y := a.Tensor(name), b.Tensor(name)
		if !slices.Equal(x.Shape, y.Shape) {
			return fmt.Sprintf("%s: found shape %v at first, then %v", name, x.Shape, y.Shape)
		}
		differ, at := 0, -1
		for i, v := range x.Data {
			if math.Float64bits(v) != math.Float64bits(y.Data[i]) && (v == v || y.Data[i] == y.Data[i]) {
				if differ++; at < 0 {
					at = i
				}
			}
		}
		if differ > 0 {
			return fmt.Sprintf("%s: %d of %d elements differ between repeats, the first %.9g and then %.9g", name, differ, len(x.Data), x.Data[at], y.Data[at])
		}
	}
	return ""
}

// judge compares the answer to a question.
func (r *run) judge(q *question) report.Outcome {
	c, reply := *q.c, q.reply
	o := report.Outcome{NotAsked: len(q.whole.Grad) - len(c.Grad), Stderr: stderrOf(reply.Err), Excused: r.options.excuse(q.Name()), Shapes: shapes(&c), Seconds: seconds(reply.Duration)}
	if reply.Answer != nil && reply.NoGradients != "" {
		c.Grad = map[string]*golden.Array{}
		for name, g := range q.c.Grad { // one that is answered is compared
			if reply.Answer.Grad[name] != nil {
				c.Grad[name] = g
			}
		}
		if o.Lacking = len(q.c.Grad) - len(c.Grad); o.Lacking > 0 {
			o.NoGradients = reply.NoGradients
		}
	}
	tolerances := q.TolerancesFor(r.options.Profile)
	if reply.FlushToZero {
		tolerances = golden.FlushedToZero(tolerances, r.options.Profile)
	}
	o.Verdict, o.Why, o.Found = judge(&c, q.Reject, reply, tolerances)
	for _, d := range o.Found {
		switch d.Flaw {
		case golden.Mismatch, golden.NotANumber, golden.WrongShape:
			if text := diagnosis.Tensor(&c, reply.Answer, d.Tensor, tolerances[d.Tensor]); text != "" {
				o.Diagnosis = append(o.Diagnosis, d.Tensor+": "+text)
			}
		}
	}
	if len(o.Diagnosis) > 0 && r.options.LooksLike != nil && r.looked[q.Op] < explained {
		r.looked[q.Op]++
		whole := *q.whole
		whole.Grad = c.Grad
		o.LooksLike = r.options.LooksLike(&whole, reply.Answer, tolerances)
	}
	return o
}

// shapes returns those of a case's inputs.
func shapes(c *golden.Case) map[string][]int {
	all := map[string][]int{}
	for name, x := range c.In {
		all[name] = x.Shape
	}
	return all
}

// conclude judges what must be refused and enters all outcomes.
func (r *run) conclude() {
	answered, lacking := map[string]bool{}, map[string]bool{}
	for _, q := range r.asked {
		switch {
		case q.Reject || !q.replied:
		case q.reply.Err == nil:
			answered[q.Op] = true
		case errors.Is(q.reply.Err, golden.ErrUnsupported):
			lacking[q.Op] = true
		}
	}
	for _, q := range r.asked {
		if q.beside || !q.replied {
			continue // of what was not asked the count tells
		}
		if q.Reject {
			switch {
			case answered[q.Op]:
				q.outcome = r.judge(&q)
			case lacking[q.Op] && !r.crashed(q.Op):
				q.outcome = report.Outcome{Verdict: report.Unsupported, Why: fmt.Sprintf("%s: %v", q.Op, golden.ErrUnsupported)}
			default:
				q.Reject = false
				q.outcome = r.judge(&q)
				q.Reject = true
				q.outcome.Why = "nothing of the operation is answered, so no refusal counts: " + q.outcome.Why
			}
		}
		if q.unlike != "" && !q.Reject {
			if q.outcome.Why != "" {
				q.unlike += "; " + q.outcome.Why
			}
			q.outcome.Verdict, q.outcome.Why = report.Nondeterministic, q.unlike
		}
		r.report.Add(q.Entry, q.outcome)
	}
}

// crashed reports whether a case of an operation was left unanswered without being lacking.
func (r *run) crashed(op string) bool {
	return slices.ContainsFunc(r.asked, func(q question) bool {
		return q.Op == op && !q.Reject && q.replied && q.reply.Err != nil && !errors.Is(q.reply.Err, golden.ErrUnsupported)
	})
}
