package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"entrec/internal/printable"
)

// WriteMarkdown writes the report as Markdown, as for the summary of a CI run: what the backend
// declares to be, the table of operations and a line for each failure.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", cell(cmp.Or(r.Backend, "golden suite")))
	if made := r.Declared.made(); made != "" {
		fmt.Fprintf(&b, "%s\n\n", cell(made))
	}
	fmt.Fprintf(&b, "%s\n\n", r.summary())
	fmt.Fprint(&b, "| op | cases | refusals | tensors | worst error | verdict | where |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, op := range r.Ops {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", cell(op.Op), op.cases(), op.Refusals, op.Tensors, op.worst(),
			cmp.Or(string(op.Verdict), "-"), cmp.Or(cell(op.Where), "-"))
	}
	for i, line := range append(r.failures(), r.missing()...) {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "- %s\n", cell(line))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is text as Markdown shows it as it is, also in a table.
func cell(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "\\", `\\`).Replace(printable.Text(text))
}
