package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// Report says how a backend did on a suite.
type Report struct {
	Generator        string         `json:"generator"`
	GeneratorVersion int            `json:"generator_version"`
	Suite            string         `json:"suite"`   // the sum of what it asks and expects
	Host             string         `json:"host"`    // of the check: system, architecture, name
	Seconds          float64        `json:"seconds"` // that it took
	Backend          string         `json:"backend"`
	Declared         Declaration    `json:"declared,omitzero"` // what the backend says of itself
	Problem          string         `json:"problem,omitzero"`  // why that could not be read
	Profile          golden.Profile `json:"profile"`
	Forward          bool           `json:"forward,omitzero"`   // outputs alone were asked for, no gradients
	NotAsked         []string       `json:"not_asked,omitzero"` // cases that cannot be asked so
	Stopped          string         `json:"stopped,omitzero"`   // why not all cases were judged
	Expected         int            `json:"expected"`           // cases to be run
	LeftOut          []string       `json:"left_out"`           // cases of which the profile compares nothing
	Passed           int            `json:"passed"`
	Failed           int            `json:"failed"`
	Excused          int            `json:"failed_as_expected,omitzero"`
	Unexpected       []string       `json:"passed_unexpectedly,omitzero"` // cases that were expected to fail
	Changes          []string       `json:"changes,omitzero"`             // since an earlier report, a line each
	Unsupported      int            `json:"lacking"`                      // cases that the backend does not have
	Tensors          Tensors        `json:"tensors"`                      // of the answers
	Ops              []OpResult     `json:"ops"`                          // in the order of names
	Results          []Result       `json:"results"`                      // in the suite's order
}

// OpResult sums up an operation's cases. Questions that must be refused are counted
// apart.
type OpResult struct {
	Op          string   `json:"op"`
	Cases       int      `json:"cases"` // that were run
	Failed      int      `json:"failed"`
	Unsupported int      `json:"lacking"` // that the backend does not have
	Refusals    Refusals `json:"refusals"`
	Tensors     Tensors  `json:"tensors"`      // of the answers
	Worst       Units    `json:"worst"`        // of its tensors
	Where       string   `json:"where"`        // the case and tensor of the worst error
	Verdict     Verdict  `json:"verdict"`      // the first failure's, where there is one; "" where no case was asked
	Why         string   `json:"why,omitzero"` // the first failure, in one line
}

// Refusals counts an operation's questions that must be refused.
type Refusals struct {
	Asked  int `json:"asked"` // of an operation that the backend has
	Failed int `json:"failed"`
}

// Tensors says how many tensors were compared with what is expected and how many not: of
// those that were answered and expected, which are excluded or have no element, and of the
// gradients that the case has.
type Tensors struct {
	Compared    int `json:"compared"`
	NotCompared int `json:"not_compared"`
	NotAsked    int `json:"not_asked,omitzero"` // gradients, where outputs alone are asked for
	Lacking     int `json:"lacking,omitzero"`   // gradients that the backend declares lacking
}

// add counts those of another.
func (t *Tensors) add(other Tensors) {
	t.Compared += other.Compared
	t.NotCompared += other.NotCompared
	t.NotAsked += other.NotAsked
	t.Lacking += other.Lacking
}

// Result is how a backend did on a case.
type Result struct {
	Case        string           `json:"case"`
	Op          string           `json:"op"`
	Reject      bool             `json:"reject,omitzero"` // the question must be refused
	Attrs       golden.Attrs     `json:"attrs"`
	Shapes      map[string][]int `json:"shapes"`           // of the inputs
	Seconds     float64          `json:"seconds,omitzero"` // that the answer took, where it was asked by itself
	Verdict     Verdict          `json:"verdict"`
	Why         string           `json:"why,omitzero"`              // in one line
	Diagnosis   []string         `json:"diagnosis,omitzero"`        // what the wrong tensors look like
	Excused     string           `json:"expected_to_fail,omitzero"` // the reason
	LooksLike   string           `json:"looks_like,omitzero"`       // the planted error that gives such an answer
	Worst       Units            `json:"worst"`
	Tensors     []TensorResult   `json:"tensors,omitzero"`      // that were compared
	NotCompared []string         `json:"not_compared,omitzero"` // the names of the others
	NoGradients string           `json:"no_gradients,omitzero"` // why gradients are lacking, as declared
	NotAsked    int              `json:"gradients_not_asked,omitzero"`
	Lacking     int              `json:"gradients_lacking,omitzero"`
	Stderr      []string         `json:"stderr,omitzero"` // the last lines of a command that failed
}

// Outcome is how a case went.
type Outcome struct {
	Verdict     Verdict
	Why         string             // in one line, where it is no pass
	Found       []golden.Deviation // how its tensors compare
	Excused     string             // why a failure is expected; "" where none is
	Diagnosis   []string           // what the wrong ones look like
	LooksLike   string             // the planted error that gives such an answer
	Shapes      map[string][]int   // of the inputs
	Seconds     float64            // that the answer took; 0 where it was not asked by itself
	NotAsked    int                // gradients that were not asked for
	Lacking     int                // gradients that are lacking
	NoGradients string             // why they are
	Stderr      []string           // the last lines of a command that failed
}

// TensorResult is how a tensor compares with what is expected.
type TensorResult struct {
	Name     string      `json:"name"`
	Error    Units       `json:"error"` // the largest |answer − expected|
	Limit    Units       `json:"limit"` // what it may be
	Units    Units       `json:"units"` // their ratio
	Index    []int       `json:"index"` // of the worst element
	Found    Units       `json:"found"` // there
	Expected Units       `json:"expected"`
	Flaw     golden.Flaw `json:"flaw,omitzero"`
	Detail   string      `json:"detail,omitzero"` // of the flaw, in one line
}

// Units is a number that may be infinite, which JSON holds as a string.
type Units float64

var (
	_ json.Marshaler   = Units(0)
	_ json.Unmarshaler = (*Units)(nil)
)

// MarshalJSON writes a number, or "inf" or "nan".
func (u Units) MarshalJSON() ([]byte, error) {
	switch v := float64(u); {
	case math.IsInf(v, 0):
		return []byte(`"inf"`), nil
	case v != v:
		return []byte(`"nan"`), nil
	default:
		return fmt.Appendf(nil, "%.6g", v), nil
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (u *Units) UnmarshalJSON(text []byte) error {
	var v float64
	if err := json.Unmarshal(text, &v); err == nil {
		*u = Units(v)
		return nil
	}
	switch string(text) {
	case `"inf"`:
		*u = Units(math.Inf(1))
	case `"nan"`:
		*u = Units(math.NaN())
	default:
		return fmt.Errorf("found %s, expected a number, \"inf\" or \"nan\"", text)
	}
	return nil
}

// Add enters the outcome of a case.
func (r *Report) Add(e golden.Entry, o Outcome) {
	res := Result{Case: e.Name(), Op: e.Op, Reject: e.Reject, Verdict: o.Verdict, Why: o.Why, NoGradients: o.NoGradients,
		Attrs: e.Attrs, Shapes: o.Shapes, Seconds: o.Seconds, Diagnosis: o.Diagnosis, LooksLike: o.LooksLike, Excused: o.Excused,
		NotAsked: o.NotAsked, Lacking: o.Lacking}
	if o.Verdict.Failure() {
		res.Stderr = o.Stderr
	}
	for _, d := range o.Found {
		if d.Uncompared {
			res.NotCompared = append(res.NotCompared, d.Tensor)
			continue
		}
		units := Units(d.Units())
		res.Tensors = append(res.Tensors, TensorResult{d.Tensor, Units(d.Error), Units(d.Limit), units, d.Index, Units(d.Found), Units(d.Wanted), d.Flaw, d.Detail})
		res.Worst = max(res.Worst, units)
	}
	r.Enter(res)
}

// Enter enters the result of a case, as of another report.
func (r *Report) Enter(res Result) {
	at, there := slices.BinarySearchFunc(r.Ops, res.Op, func(o OpResult, op string) int { return strings.Compare(o.Op, op) })
	if !there {
		r.Ops = slices.Insert(r.Ops, at, OpResult{Op: res.Op})
	}
	op := &r.Ops[at]
	for _, t := range res.Tensors {
		if t.Units > op.Worst {
			op.Worst, op.Where = t.Units, res.Case+" "+t.Name
		}
	}
	tensors := Tensors{len(res.Tensors), len(res.NotCompared), res.NotAsked, res.Lacking}
	r.Tensors.add(tensors)
	op.Tensors.add(tensors)
	switch {
	case res.Verdict == Unsupported:
		r.Unsupported++
	case res.Verdict == Pass:
		r.Passed++
		if res.Excused != "" {
			r.Unexpected = append(r.Unexpected, fmt.Sprintf("%s passes, which was expected to fail (%s)", res.Case, res.Excused))
		}
	case res.Excused != "":
		r.Excused++
	default:
		r.Failed++
	}
	if res.Reject {
		op.Refusals.add(res)
	} else {
		op.add(res)
	}
	r.Results = append(r.Results, res)
}

// Fails reports whether a result is a failure that was not expected.
func (r Result) Fails() bool { return r.Verdict.Failure() && r.Excused == "" }

func (r *Refusals) add(res Result) {
	if res.Verdict != Unsupported {
		r.Asked++
	}
	if res.Fails() {
		r.Failed++
	}
}

// add counts a case that is to be answered.
func (op *OpResult) add(res Result) {
	if res.Verdict == Unsupported {
		op.Unsupported++
	} else {
		op.Cases++
	}
	switch {
	case res.Fails():
		if op.Failed++; op.Failed == 1 {
			op.Verdict, op.Why = res.Verdict, res.Case+": "+res.Why
		}
	case op.Failed > 0:
	case res.Verdict.Failure():
		op.Verdict = ExpectedFailure
	case op.Verdict == "" || op.Verdict == Unsupported:
		op.Verdict = res.Verdict
	}
}

// Err returns nil where the backend passes: at least one case was run, none failed but as expected,
// none was left out but those that the backend declares unsupported, and what it declares
// could be read.
func (r *Report) Err() error {
	switch {
	case r.Failed > 0:
		return fmt.Errorf("%d of %d cases failed", r.Failed, r.Passed+r.Failed)
	case r.Passed+r.Excused == 0:
		return errors.New("no case was run")
	case r.Passed+r.Excused+r.Unsupported < r.Expected:
		return fmt.Errorf("%d cases were run and %d declared unsupported, expected %d", r.Passed+r.Excused, r.Unsupported, r.Expected)
	case r.Problem != "":
		return errors.New(r.Problem)
	}
	return nil
}
