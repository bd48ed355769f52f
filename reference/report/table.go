package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// alike reports whether two cases failed in the same way, as all unanswered ones do after
// a crash.
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

// WriteTable writes a table of the operations and a line for each failure. Failures
// in a row that are alike share a line.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "op\tcases\tworst error\tverdict\twhere")
	for _, op := range r.Ops {
		cases := fmt.Sprint(op.Cases)
		if op.Unsupported > 0 {
			cases += fmt.Sprintf(" (lacks %d)", op.Unsupported)
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
		r.Passed, r.Failed, r.Unsupported, r.Expected, r.Profile)
	return err
}
