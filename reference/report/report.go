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
	Unsupported      int            `json:"lacking"` // cases that the backend does not have
	Tensors          Tensors        `json:"tensors"` // of the answers
	Ops              []OpResult     `json:"ops"`     // in the order of names
	Results          []Result       `json:"results"` // in the suite's order
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
	Case        string         `json:"case"`
	Op          string         `json:"op"`
	Reject      bool           `json:"reject,omitzero"` // the question must be refused
	Verdict     Verdict        `json:"verdict"`
	Why         string         `json:"why,omitzero"` // in one line
	Worst       Units          `json:"worst"`
	Tensors     []TensorResult `json:"tensors,omitzero"`      // that were compared
	NotCompared []string       `json:"not_compared,omitzero"` // the names of the others
	NoGradients string         `json:"no_gradients,omitzero"` // why gradients are lacking, as declared
	Stderr      []string       `json:"stderr,omitzero"`       // the last lines of a command that failed
}

// Outcome is how a case went.
type Outcome struct {
	Verdict     Verdict
	Why         string             // in one line, where it is no pass
	Found       []golden.Deviation // how its tensors compare
	NotAsked    int                // gradients that were not asked for
	Lacking     int                // gradients that are lacking
	NoGradients string             // why they are
	Stderr      []string           // the last lines of a command that failed
}

// TensorResult is how a tensor compares with what is expected.
type TensorResult struct {
	Name  string `json:"name"`
	Error Units  `json:"error"` // the largest |answer − expected|
	Limit Units  `json:"limit"` // what it may be
	Units Units  `json:"units"` // their ratio
	Index []int  `json:"index"` // of the worst element
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
	res := Result{Case: e.Name(), Op: e.Op, Reject: e.Reject, Verdict: o.Verdict, Why: o.Why, NoGradients: o.NoGradients}
	if o.Verdict.Failure() {
		res.Stderr = o.Stderr
	}
	at, there := slices.BinarySearchFunc(r.Ops, e.Op, func(o OpResult, op string) int { return strings.Compare(o.Op, op) })
	if !there {
		r.Ops = slices.Insert(r.Ops, at, OpResult{Op: e.Op})
	}
	op := &r.Ops[at]
	for _, d := range o.Found {
		if d.Uncompared {
			res.NotCompared = append(res.NotCompared, d.Tensor)
			continue
		}
		units := Units(d.Units())
		res.Tensors = append(res.Tensors, TensorResult{d.Tensor, Units(d.Error), Units(d.Limit), units, d.Index})
		res.Worst = max(res.Worst, units)
		if units > op.Worst {
			op.Worst, op.Where = units, e.Name()+" "+d.Tensor
		}
	}
	tensors := Tensors{len(res.Tensors), len(res.NotCompared), o.NotAsked, o.Lacking}
	r.Tensors.add(tensors)
	op.Tensors.add(tensors)
	switch {
	case o.Verdict == Unsupported:
		r.Unsupported++
	case o.Verdict == Pass:
		r.Passed++
	default:
		r.Failed++
	}
	if e.Reject {
		op.Refusals.add(o.Verdict)
	} else {
		op.add(e.Name(), o)
	}
	r.Results = append(r.Results, res)
}

func (r *Refusals) add(v Verdict) {
	if v != Unsupported {
		r.Asked++
	}
	if v.Failure() {
		r.Failed++
	}
}

// add counts a case that is to be answered.
func (op *OpResult) add(name string, o Outcome) {
	switch {
	case o.Verdict == Unsupported:
		op.Unsupported++
	default:
		op.Cases++
	}
	switch {
	case o.Verdict.Failure():
		if op.Failed++; op.Failed == 1 {
			op.Verdict, op.Why = o.Verdict, name+": "+o.Why
		}
	case op.Verdict == "" || op.Verdict == Unsupported:
		op.Verdict = o.Verdict
	}
}

// Err returns nil where the backend passes: at least one case was run, none failed,
// none was left out but those that the backend declares unsupported, and what it declares
// could be read.
func (r *Report) Err() error {
	switch {
	case r.Failed > 0:
		return fmt.Errorf("%d of %d cases failed", r.Failed, r.Passed+r.Failed)
	case r.Passed == 0:
		return errors.New("no case was run")
	case r.Passed+r.Unsupported < r.Expected:
		return fmt.Errorf("%d cases were run and %d declared unsupported, expected %d", r.Passed, r.Unsupported, r.Expected)
	case r.Problem != "":
		return errors.New(r.Problem)
	}
	return nil
}
