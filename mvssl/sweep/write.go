package sweep

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes the table for people: means with the halves of their intervals, the
// number of runs behind them, and what was compared.
func (r *Result) Markdown(w io.Writer) error {
	var b strings.Builder
	settings := slices.ContainsFunc(r.Rows, func(row ResultRow) bool { return row.Setting != "" })
	head := []string{"method"}
	if settings {
		head = append(head, "setting")
	}
	for _, name := range r.Columns {
		head = append(head, column(name).Heading)
	}
	writeHead(&b, append(head, "n"))
	for _, row := range r.Rows {
		cells := []string{row.Method}
		if settings {
			cells = append(cells, row.Setting)
		}
		for i, e := range row.Cells {
			cells = append(cells, cell(r.Columns[i], e))
		}
		writeCells(&b, append(cells, row.count()))
	}
	if len(r.Compared)+len(r.Contrast) > 0 {
		fmt.Fprintf(&b, "\n")
		r.writeCompared(&b)
	}
	fmt.Fprintf(&b, "\nMeans ± half of the 95 %% t-interval over n seeds")
	if r.SIMD != "" {
		fmt.Fprintf(&b, "; SIMD level %s, numerics %d", r.SIMD, r.Numerics)
	}
	fmt.Fprintf(&b, ".\n")
	if len(r.Compared)+len(r.Contrast) > 0 {
		fmt.Fprintf(&b, "p is of the exact sign-flip test, which is never below 2^(1−n); adjusted after Holm, pairs and contrasts each together.\n")
	}
	if r.resampled() {
		fmt.Fprintf(&b, "Bootstrap: the middle 95 %% of %d resamples of seeds and of evaluation images, the same images in all runs.\n", Resamples)
	}
	for _, row := range r.Rows {
		for _, line := range row.Failed {
			fmt.Fprintf(&b, "Failed: %s, %s.\n", strings.TrimSpace(row.Method+" "+row.Setting), line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCompared writes the pairs and contrasts.
func (r *Result) writeCompared(b *strings.Builder) {
	head := []string{"difference of " + column(r.Primary).Heading + ", by seed", "mean", "bootstrap", "p", "p, adjusted", "n"}
	resampled := r.resampled()
	line := func(cells []string) []string {
		if resampled {
			return cells
		}
		return slices.Delete(cells, 2, 3)
	}
	writeHead(b, line(head))
	for _, c := range slices.Concat(r.Compared, r.Contrast) {
		cells := []string{c.Name, "–", "–", "–", "–", "0"}
		if c.Difference != nil {
			cells = []string{c.Name, cell(r.Primary, c.Difference), column(r.Primary).span(c.Bootstrap), fmt.Sprintf("%.3f", *c.P), fmt.Sprintf("%.3f", *c.Holm), fmt.Sprint(c.Difference.N)}
		}
		writeCells(b, line(cells))
	}
}

// resampled reports whether there is any interval of the bootstrap.
func (r *Result) resampled() bool {
	return slices.ContainsFunc(slices.Concat(r.Compared, r.Contrast), func(c Comparison) bool { return c.Bootstrap != nil })
}

// count tells how many of the row's runs there are.
func (r ResultRow) count() string {
	text := fmt.Sprint(r.Ended)
	if r.Ended < r.Runs {
		text += fmt.Sprintf(" of %d", r.Runs)
	}
	if len(r.Failed) > 0 {
		text += fmt.Sprintf(", %d failed", len(r.Failed))
	}
	return text
}

// column is columnOf a name that was checked.
func column(name string) Column {
	c, err := columnOf(name)
	if err != nil {
		panic(err)
	}
	return c
}

func cell(name string, e *Estimate) string {
	if e == nil {
		return "–"
	}
	return column(name).shown(e.Mean, e.Half)
}

func writeHead(b *strings.Builder, cells []string) {
	writeCells(b, cells)
	b.WriteString(strings.Repeat("| --- ", len(cells)) + "|\n")
}

func writeCells(b *strings.Builder, cells []string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// CSV writes one line for each cell, and for each comparison: what it is about, the
// column, n, the mean, half of the interval, the p-values and the ends of the bootstrap's
// interval, in full precision; of a row also how many runs it has and how many of them failed.
func (r *Result) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	lines := [][]string{{"kind", "method", "setting", "column", "n", "mean", "half", "p", "p_holm", "bootstrap_low", "bootstrap_high", "runs", "failed"}}
	for _, row := range r.Rows {
		for i, e := range row.Cells {
			if e == nil {
				e = &Estimate{}
			}
			line := append([]string{"row", row.Method, row.Setting, r.Columns[i]}, e.fields(nil, nil, nil)...)
			lines = append(lines, append(line, fmt.Sprint(row.Runs), fmt.Sprint(len(row.Failed))))
		}
	}
	for _, family := range []struct {
		kind string
		list []Comparison
	}{{"compared", r.Compared}, {"contrast", r.Contrast}} {
		for _, d := range family.list {
			e := d.Difference
			if e == nil {
				e = &Estimate{}
			}
			line := append([]string{family.kind, d.Name, "", r.Primary}, e.fields(d.P, d.Holm, d.Bootstrap)...)
			lines = append(lines, append(line, "", ""))
		}
	}
	if err := c.WriteAll(lines); err != nil {
		return err
	}
	return c.Error()
}

// fields are those of a line of CSV; figures that there are none of are empty.
func (e *Estimate) fields(p, holm *float64, b *Interval) []string {
	number := func(v *float64) string {
		if v == nil {
			return ""
		}
		return fmt.Sprint(*v)
	}
	mean := &e.Mean
	if e.N == 0 {
		mean = nil
	}
	var low, high *float64
	if b != nil {
		low, high = &b.Low, &b.High
	}
	return []string{fmt.Sprint(e.N), number(mean), number(e.Half), number(p), number(holm), number(low), number(high)}
}
