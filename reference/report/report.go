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
	Profile          golden.Profile `json:"profile"`
	Expected         int            `json:"expected"` // cases to be run
	LeftOut          []string       `json:"left_out"` // cases of which the profile compares nothing
	Passed           int            `json:"passed"`
	Failed           int            `json:"failed"`
	Unsupported      int            `json:"lacking"` // cases of operations that the backend does not have
	Tensors          Tensors        `json:"tensors"` // of the answers
	Ops              []OpResult     `json:"ops"`     // in the order of names
	Results          []Result       `json:"results"` // in the suite's order
}

// OpResult sums up an operation's cases.
type OpResult struct {
	Op          string  `json:"op"`
	Cases       int     `json:"cases"` // that were run
	Failed      int     `json:"failed"`
	Unsupported int     `json:"lacking"`      // that the backend does not have
	Tensors     Tensors `json:"tensors"`      // of the answers
	Worst       Units   `json:"worst"`        // of its tensors
	Where       string  `json:"where"`        // the case and tensor of the worst error
	Verdict     Verdict `json:"verdict"`      // the first failure's, where there is one
	Why         string  `json:"why,omitzero"` // the first failure, in one line
}

// Tensors says how many tensors were compared with what is expected and how many not, of
// those that were answered and expected: they are excluded, or have no element.
type Tensors struct {
	Compared    int `json:"compared"`
	NotCompared int `json:"not_compared"`
}

// Result is how a backend did on a case.
type Result struct {
	Case        string         `json:"case"`
	Op          string         `json:"op"`
	Verdict     Verdict        `json:"verdict"`
	Why         string         `json:"why,omitzero"` // in one line
	Worst       Units          `json:"worst"`
	Tensors     []TensorResult `json:"tensors,omitzero"`      // that were compared
	NotCompared []string       `json:"not_compared,omitzero"` // the names of the others
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

var _ json.Marshaler = Units(0)

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

// Add enters the result of a case: its verdict, the reason in one line where it is no
// pass, and how its tensors compare.
func (r *Report) Add(e golden.Entry, verdict Verdict, why string, found []golden.Deviation) {
	res := Result{Case: e.Name(), Op: e.Op, Verdict: verdict, Why: why}
	at, there := slices.BinarySearchFunc(r.Ops, e.Op, func(o OpResult, op string) int { return strings.Compare(o.Op, op) })
	if !there {
		r.Ops = slices.Insert(r.Ops, at, OpResult{Op: e.Op, Verdict: Unsupported})
	}
	op := &r.Ops[at]
	for _, d := range found {
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
	for _, t := range []*Tensors{&r.Tensors, &op.Tensors} {
		t.Compared += len(res.Tensors)
		t.NotCompared += len(res.NotCompared)
	}
	switch {
	case verdict == Unsupported:
		r.Unsupported++
		op.Unsupported++
	case verdict == Pass:
		r.Passed++
		op.Cases++
		if op.Verdict == Unsupported {
			op.Verdict = Pass
		}
	default:
		r.Failed++
		op.Cases++
		if op.Failed++; op.Failed == 1 {
			op.Verdict, op.Why = verdict, e.Name()+": "+why
		}
	}
	r.Results = append(r.Results, res)
}

// Err returns nil where the backend passes: at least one case was run, none failed,
// and none was left out but those of operations that the backend declares
// unsupported.
func (r *Report) Err() error {
	switch {
	case r.Failed > 0:
		return fmt.Errorf("%d of %d cases failed", r.Failed, r.Passed+r.Failed)
	case r.Passed == 0:
		return errors.New("no case was run")
	case r.Passed+r.Unsupported < r.Expected:
		return fmt.Errorf("%d cases were run and %d declared unsupported, expected %d", r.Passed, r.Unsupported, r.Expected)
	}
	return nil
}
