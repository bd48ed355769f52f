package reference

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report says how a backend did on a suite.
type Report struct {
	Generator        string     `json:"generator"`
	GeneratorVersion int        `json:"generator_version"`
	Backend          string     `json:"backend"`
	Profile          string     `json:"profile"`
	Expected         int        `json:"expected"` // cases to be run
	Passed           int        `json:"passed"`
	Failed           int        `json:"failed"`
	Lacking          int        `json:"lacking"` // cases of operations that the backend declares to lack
	Ops              []OpResult `json:"ops"`     // in the order of names
	Results          []Result   `json:"results"` // in the suite's order
}

// OpResult sums up an operation's cases.
type OpResult struct {
	Op      string  `json:"op"`
	Cases   int     `json:"cases"` // that were run
	Failed  int     `json:"failed"`
	Lacking int     `json:"lacking"`
	Worst   Units   `json:"worst"`        // of its tensors
	Where   string  `json:"where"`        // the case and tensor of the worst error
	Verdict Verdict `json:"verdict"`      // the first failure's, where there is one
	Why     string  `json:"why,omitzero"` // the first failure, in one line
}

// Result is how a backend did on a case.
type Result struct {
	Case    string         `json:"case"`
	Op      string         `json:"op"`
	Verdict Verdict        `json:"verdict"`
	Why     string         `json:"why,omitzero"` // in one line
	Worst   Units          `json:"worst"`
	Tensors []TensorResult `json:"tensors,omitzero"`
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

// add enters a case's result.
func (r *Report) add(e Entry, verdict Verdict, why string, found []Deviation) {
	res := Result{Case: e.Name(), Op: e.Op, Verdict: verdict, Why: why}
	at, there := slices.BinarySearchFunc(r.Ops, e.Op, func(o OpResult, op string) int { return strings.Compare(o.Op, op) })
	if !there {
		r.Ops = slices.Insert(r.Ops, at, OpResult{Op: e.Op, Verdict: Lacks})
	}
	op := &r.Ops[at]
	for _, d := range found {
		units := Units(d.Units())
		res.Tensors = append(res.Tensors, TensorResult{d.Tensor, Units(d.Error), Units(d.Limit), units, d.Index})
		res.Worst = max(res.Worst, units)
		if units > op.Worst {
			op.Worst, op.Where = units, e.Name()+" "+d.Tensor
		}
	}
	switch {
	case verdict == Lacks:
		r.Lacking++
		op.Lacking++
	case verdict == Pass:
		r.Passed++
		op.Cases++
		if op.Verdict == Lacks {
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

// Err returns nil where the backend passes: at least one case was run, none
// failed, and of all that the manifest lists none was left out but those of
// operations that the backend declares to lack.
func (r *Report) Err() error {
	switch {
	case r.Failed > 0:
		return fmt.Errorf("%d of %d cases failed", r.Failed, r.Passed+r.Failed)
	case r.Passed == 0:
		return errors.New("no case was run")
	case r.Passed+r.Lacking < r.Expected:
		return fmt.Errorf("%d cases were run and %d declared lacking, expected %d", r.Passed, r.Lacking, r.Expected)
	}
	return nil
}

// alike reports whether two cases failed in the same way, as all those do that a
// command left when it crashed.
func (r Result) alike(other Result) bool {
	return r.Verdict.Failure() && r.Verdict == other.Verdict && r.Why == other.Why
}

// alikeAfter returns how many results in a row after i failed as it did.
func (r *Report) alikeAfter(i int) int {
	n := 0
	for i+n+1 < len(r.Results) && r.Results[i].alike(r.Results[i+n+1]) {
		n++
	}
	return n
}

// WriteTable writes a table of the operations, and a line for each failure; one for
// all that failed alike in a row.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "op\tcases\tworst error\tverdict\twhere")
	for _, op := range r.Ops {
		cases := fmt.Sprint(op.Cases)
		if op.Lacking > 0 {
			cases += fmt.Sprintf(" (lacks %d)", op.Lacking)
		}
		worst := fmt.Sprintf("%.2g", float64(op.Worst))
		if op.Cases == 0 {
			worst = "-"
		}
		where := op.Where
		if where == "" {
			where = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", op.Op, cases, worst, op.Verdict, where)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, res := range r.Results {
		if !res.Verdict.Failure() || i > 0 && r.Results[i-1].alike(res) {
			continue
		}
		more := ""
		if n := r.alikeAfter(i); n > 0 {
			more = fmt.Sprintf(" (and %d more after it)", n)
		}
		fmt.Fprintf(w, "%s: %s: %s%s\n", res.Case, res.Verdict, res.Why, more)
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d lacking of %d cases; errors are in units of their %s tolerance\n",
		r.Passed, r.Failed, r.Lacking, r.Expected, r.Profile)
	return err
}
