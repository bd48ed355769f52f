package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"entrec/internal/printable"
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
	fmt.Fprintln(t, "op\tcases\ttensors\tworst error\tverdict\twhere")
	for _, op := range r.Ops {
		cases := fmt.Sprint(op.Cases)
		if op.Unsupported > 0 {
			cases += fmt.Sprintf(" (lacks %d)", op.Unsupported)
		}
		tensors := fmt.Sprint(op.Tensors.Compared)
		if op.Tensors.NotCompared > 0 {
			tensors += fmt.Sprintf(" (%d not)", op.Tensors.NotCompared)
		}
		worst := fmt.Sprintf("%.2g", float64(op.Worst))
		if op.Cases == 0 {
			worst = "-"
		}
		where := op.Where
		if where == "" {
			where = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", printable.Text(op.Op), cases, tensors, worst, op.Verdict, printable.Text(where))
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
		fmt.Fprintf(w, "%s: %s: %s%s\n", printable.Text(res.Case), res.Verdict, printable.Text(res.Why), more)
	}
	if n := len(r.LeftOut); n > 0 {
		fmt.Fprintf(w, "%d cases are left out by profile %s: %s\n", n, r.Profile, printable.Text(strings.Join(r.LeftOut, ", ")))
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d lacking of %d cases; %d tensors compared, %d not; errors are in units of their %s tolerance\n",
		r.Passed, r.Failed, r.Unsupported, r.Expected, r.Tensors.Compared, r.Tensors.NotCompared, r.Profile)
	return err
}
