package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"entrec/internal/printable"
)

// alike reports whether two cases failed in the same way, as all unanswered ones do after
// a crash.
func (r Result) alike(other Result) bool {
	return r.Verdict.Failure() && r.Verdict == other.Verdict && r.Why == other.Why && r.Excused == other.Excused
}

// Explained returns why a case failed, with what the first wrong tensor looks like and the
// error that the answer looks like.
func (r Result) Explained() string {
	text := r.Why
	if len(r.Diagnosis) > 0 {
		text += "; " + r.Diagnosis[0]
	}
	if r.LooksLike != "" {
		text += "; looks like: " + r.LooksLike
	}
	return text
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
	for _, line := range slices.Concat(r.failures(), r.Changes, r.missing()) {
		fmt.Fprintln(w, line)
	}
	_, err := fmt.Fprintln(w, r.summary())
	return err
}

// failures has a line for each failure. Failures in a row that are alike share a line.
func (r *Report) failures() (lines []string) {
	for i, res := range r.Results {
		if !res.Verdict.Failure() || i > 0 && r.Results[i-1].alike(res) {
			continue
		}
		verdict, more := string(res.Verdict), ""
		if res.Excused != "" {
			verdict += ", as expected (" + res.Excused + ")"
		}
		if n := r.alikeAfter(i); n > 0 {
			more = fmt.Sprintf(" (and %d more after it)", n)
		}
		lines = append(lines, printable.Text(fmt.Sprintf("%s: %s: %s%s", res.Case, verdict, res.Explained(), more)))
	}
	return lines
}

// summary counts cases and tensors.
func (r *Report) summary() string {
	excused := ""
	if r.Excused > 0 {
		excused = fmt.Sprintf("%d failed as expected, ", r.Excused)
	}
	return fmt.Sprintf("%d passed, %d failed, %s%d lacking of %d cases; %d tensors compared, %d not; errors are in units of their %s tolerance",
		r.Passed, r.Failed, excused, r.Unsupported, r.Expected, r.Tensors.Compared, r.Tensors.NotCompared, r.Profile)
}

// missing says what was not asked for, what is lacking, what could not be read, and what passes
// unexpectedly.
func (r *Report) missing() (lines []string) {
	if n := len(r.LeftOut); n > 0 {
		lines = append(lines, fmt.Sprintf("cases that profile %s leaves out: %d, %s", r.Profile, n, printable.Text(strings.Join(r.LeftOut, ", "))))
	}
	for _, line := range r.Unexpected {
		lines = append(lines, printable.Text(line))
	}
	if r.Forward {
		lines = append(lines, fmt.Sprintf("outputs alone were asked for; gradients that were not: %d, questions about gradients that must be refused: %d",
			r.Tensors.NotAsked, len(r.NotAsked)))
	}
	if n := r.Tensors.Lacking; n > 0 {
		lines = append(lines, fmt.Sprintf("gradients that are lacking, as the backend declares: %d", n))
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
