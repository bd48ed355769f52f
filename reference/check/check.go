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
	Select   Selection
	Forward  bool                  // outputs alone are asked for, no gradients
	FailFast bool                  // ends at the first failure
	Progress func(done, total int) // called after each reply; may be nil
}

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
	r := &run{options: o, suite: s, report: &report.Report{Profile: o.Profile, Generator: s.Generator, GeneratorVersion: s.GeneratorVersion, Forward: o.Forward}}
	if err := r.choose(); err != nil {
		return nil, err
	}
	return r.report, r.ask(ctx, backend)
}

// run is a check that goes on.
type run struct {
	options Options
	suite   *golden.Suite
	report  *report.Report
	asked   []question
	mutex   sync.Mutex
	done    int // replies so far
}

// question is a case of the suite as it is asked, and the reply.
type question struct {
	golden.Entry
	c       *golden.Case // with what is expected
	beside  bool         // it is in no report
	replied bool
	reply   Reply
	outcome report.Outcome
}

// choose lists what is asked.
func (r *run) choose() error {
	selected, err := r.options.Select.of(r.suite)
	if err != nil {
		return err
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
	return question{Entry: r.suite.Cases[i], c: &c}
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
			if r.options.FailFast && q.outcome.Verdict.Failure() {
				cancel(errFirstFailure)
			}
		}
	})
	r.report.Declared = declared
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
		r.options.Progress(r.done, len(r.asked))
	}
}

// judge compares the answer to a question.
func (r *run) judge(q *question) report.Outcome {
	c, gradients, reply := *q.c, len(r.loaded(q).Grad), q.reply
	o := report.Outcome{NotAsked: gradients - len(c.Grad), Stderr: stderrOf(reply.Err)}
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
	o.Verdict, o.Why, o.Found = judge(&c, q.Reject, reply, q.TolerancesFor(r.options.Profile))
	return o
}

// loaded returns the question's case as the suite has it.
func (r *run) loaded(q *question) *golden.Case {
	return r.suite.Loaded[slices.IndexFunc(r.suite.Cases, func(e golden.Entry) bool { return e.File == q.File })]
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
		r.report.Add(q.Entry, q.outcome)
	}
}

// crashed reports whether a case of an operation was left unanswered without being lacking.
func (r *run) crashed(op string) bool {
	return slices.ContainsFunc(r.asked, func(q question) bool {
		return q.Op == op && !q.Reject && q.replied && q.reply.Err != nil && !errors.Is(q.reply.Err, golden.ErrUnsupported)
	})
}
