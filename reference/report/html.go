package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"entrec/internal/printable"
)

//go:embed page.html
var page string

// pageTemplate makes the page, which needs nothing but itself: no script, font or image.
var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"text":  printable.Text,
	"bar":   func(worst Units) float64 { return 100 * math.Min(1, float64(worst)) },
	"units": func(u Units) string { return fmt.Sprintf("%.2g", float64(u)) },
	"over":  func(u Units) bool { return !(u <= 1) },
}).Parse(page))

// worstCases is how many cases the page lists by their errors.
const worstCases = 20

// WriteHTML writes the report as one page that stands alone: the errors in units of their
// tolerances by operation, the failures with what they look like, the worst cases.
func (r *Report) WriteHTML(w io.Writer) error {
	var failures []Result
	compared := slices.Clone(r.Results)
	for _, res := range r.Results {
		if res.Verdict.Failure() {
			failures = append(failures, res)
		}
	}
	compared = slices.DeleteFunc(compared, func(res Result) bool { return len(res.Tensors) == 0 })
	slices.SortStableFunc(compared, func(a, b Result) int { return cmp.Compare(b.Worst, a.Worst) })
	var versions []string
	for name, version := range r.Declared.Versions {
		versions = append(versions, name+" "+version)
	}
	slices.Sort(versions)
	return pageTemplate.Execute(w, map[string]any{
		"Report": r, "Summary": r.summary(), "Versions": strings.Join(versions, ", "),
		"Failures": failures, "Worst": compared[:min(worstCases, len(compared))], "Missing": r.missing(),
	})
}
