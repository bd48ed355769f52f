package report

import (
	"cmp"
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
	fmt.Fprintln(t, "op\tcases\trefusals\ttensors\tworst error\tverdict\twhere")
	for _, op := range r.Ops {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", printable.Text(op.Op), op.cases(), op.Refusals, op.Tensors, op.worst(),
			cmp.Or(string(op.Verdict), "-"), cmp.Or(printable.Text(op.Where), "-"))
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
	for _, line := range r.missing() {
		fmt.Fprintln(w, line)
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d lacking of %d cases; %d tensors compared, %d not; errors are in units of their %s tolerance\n",
		r.Passed, r.Failed, r.Unsupported, r.Expected, r.Tensors.Compared, r.Tensors.NotCompared, r.Profile)
	return err
}

// missing says what was not asked for, what is lacking and what could not be read.
func (r *Report) missing() (lines []string) {
	if r.Forward {
		lines = append(lines, fmt.Sprintf("outputs alone were asked for: not %d gradients, and not %d questions about gradients that must be refused",
			r.Tensors.NotAsked, len(r.NotAsked)))
	}
	if n := r.Tensors.Lacking; n > 0 {
		lines = append(lines, fmt.Sprintf("%d gradients are lacking, as the backend declares", n))
	}
	if r.Problem != "" {
		lines = append(lines, printable.Text(r.Problem))
	}
	if r.Stopped != "" {
		lines = append(lines, fmt.Sprintf("stopped (%s): %d of %d cases were judged", printable.Text(r.Stopped), len(r.Results), r.Expected))
	}
	return lines
}

func (op OpResult) cases() string {
	if op.Unsupported == 0 {
		return fmt.Sprint(op.Cases)
	}
	return fmt.Sprintf("%d (lacks %d)", op.Cases, op.Unsupported)
}

// worst is "-" where nothing was compared.
func (op OpResult) worst() string {
	if op.Tensors.Compared == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2g", float64(op.Worst))
}

// String says how many of the questions were refused.
func (r Refusals) String() string {
	if r.Asked == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", r.Asked-r.Failed, r.Asked)
}

// String says how many tensors were compared, and how many not.
func (t Tensors) String() string {
	if not := t.NotCompared + t.NotAsked + t.Lacking; not > 0 {
		return fmt.Sprintf("%d (%d not)", t.Compared, not)
	}
	return fmt.Sprint(t.Compared)
}
