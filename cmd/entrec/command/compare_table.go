package command

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"entrec/internal/printable"
	"entrec/mvssl/runs"
	"entrec/mvssl/sweep"
)

// comparedColumn is a run, or several that differ in their seeds alone.
type comparedColumn struct {
	runs      []*runs.History
	ended     bool // all have
	sameSteps bool
}

// compared returns the columns of some runs: one for each, or with seeds one for those that
// have the same configuration but for the seed.
func compared(histories []*runs.History, list []comparedRun, seeds bool) []comparedColumn {
	var columns []comparedColumn
	at := map[string]int{}
	for i, h := range histories {
		key := strconv.Itoa(i)
		if seeds {
			key = withoutSeed(h)
		}
		k, ok := at[key]
		if !ok {
			k = len(columns)
			at[key] = k
			columns = append(columns, comparedColumn{ended: true, sameSteps: true})
		}
		c := &columns[k]
		c.runs = append(c.runs, h)
		c.ended = c.ended && list[i].Ended
		c.sameSteps = c.sameSteps && h.Summary.Steps == c.runs[0].Summary.Steps
	}
	return columns
}

// withoutSeed returns a run's configuration, the same for runs that differ in the seed alone.
func withoutSeed(h *runs.History) string {
	text, err := json.Marshal(runs.ButSeed(h.Config))
	if err != nil {
		panic(err) // it was read from JSON
	}
	return string(text)
}

// name is what the column is of: a run's folder, or the first one and how many more.
func (c comparedColumn) name() string {
	name := printable.Text(c.runs[0].Dir)
	switch more := len(c.runs) - 1; more {
	case 0:
		return name
	case 1:
		return name + " and 1 more seed"
	default:
		return fmt.Sprintf("%s and %d more seeds", name, more)
	}
}

// state says what is to be known of the figures.
func (c comparedColumn) state() string {
	switch {
	case c.ended:
		return ""
	case !c.sameSteps:
		return ", not ended, at different steps"
	}
	return ", not ended"
}

// estimate returns the mean of a measure over the column's runs, nil where one has none.
func (c comparedColumn) estimate(m measure) *sweep.Estimate {
	var values []float64
	for _, h := range c.runs {
		v := m.of(h)
		if v == nil {
			return nil
		}
		values = append(values, *v)
	}
	e := sweep.EstimateOf(values)
	return &e
}

// text returns a measure of the column as it is printed.
func (c comparedColumn) text(m measure) string {
	e := c.estimate(m)
	switch {
	case e == nil:
		return "-"
	case e.Half == nil:
		return fmt.Sprintf("%.*f", m.decimals, e.Mean*m.scale)
	}
	return fmt.Sprintf("%.*f ± %.*f", m.decimals, e.Mean*m.scale, m.decimals, *e.Half*m.scale)
}

// measureWidth is how many columns of the table of runs the measures' names take, runWidth
// and groupWidth how many each run's numbers, and those of several runs.
const (
	measureWidth = 20
	runWidth     = 12
	groupWidth   = 18
)

// printComparison prints the runs as columns, as many beside each other as a terminal
// has room for. Each has a number, by which its folder is listed first.
func printComparison(w io.Writer, columns []comparedColumn, rows []measure) error {
	var b strings.Builder
	width := runWidth
	for i, c := range columns {
		fmt.Fprintf(&b, "%d  %s: %s%s\n", i+1, c.name(), c.runs[0].Summary.Method, c.state())
		if len(c.runs) > 1 {
			width = groupWidth
		}
	}
	first := 1
	for block := range slices.Chunk(columns, (helpWidth-measureWidth)/width) {
		fmt.Fprintf(&b, "\n%-*s", measureWidth, "run")
		for i := range block {
			fmt.Fprintf(&b, "%*d", width, first+i)
		}
		b.WriteByte('\n')
		first += len(block)
		for _, m := range rows {
			if !measured(columns, m) {
				continue
			}
			fmt.Fprintf(&b, "%-*s", measureWidth, m.name)
			for _, c := range block {
				fmt.Fprintf(&b, "%*s", width, c.text(m))
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// measured reports whether a column has a measure, or it is one that is always told.
func measured(columns []comparedColumn, m measure) bool {
	return m.key != "knn_top1_quick" || slices.ContainsFunc(columns, func(c comparedColumn) bool { return c.estimate(m) != nil })
}

// writeMarkdown writes a table with a row for each column, of the measures that one has.
func writeMarkdown(w io.Writer, columns []comparedColumn, all []measure) error {
	rows := slices.DeleteFunc(slices.Clone(all), func(m measure) bool {
		return !slices.ContainsFunc(columns, func(c comparedColumn) bool { return c.estimate(m) != nil })
	})
	var b strings.Builder
	b.WriteString("| run | method |")
	for _, m := range rows {
		fmt.Fprintf(&b, " %s |", strings.TrimSpace(m.name))
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" --: |", len(rows)) + "\n")
	for _, c := range columns {
		fmt.Fprintf(&b, "| %s | %s |", markdownText(c.name()+c.state()), markdownText(c.runs[0].Summary.Method))
		for _, m := range rows {
			fmt.Fprintf(&b, " %s |", c.text(m))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownText returns a text that is no markup in a table of Markdown.
func markdownText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`).Replace(s)
}

// writeCSV writes a line for each column (RFC 4180): fractions and nats as the summary has
// them, and half of the interval of each mean of several runs.
func writeCSV(w io.Writer, columns []comparedColumn) error {
	rows := measures("")
	out := csv.NewWriter(w)
	head := []string{"run", "method", "data", "seeds", "ended"}
	for _, m := range rows {
		head = append(head, m.key, m.key+"_half")
	}
	lines := [][]string{head}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, c := range columns {
		var seeds []string
		for _, h := range c.runs {
			seeds = append(seeds, strconv.FormatUint(h.Config.Seed, 10))
		}
		line := []string{printable.Text(c.runs[0].Dir), c.runs[0].Summary.Method, printable.Text(c.runs[0].Summary.Data), strings.Join(seeds, " "), strconv.FormatBool(c.ended)}
		for _, m := range rows {
			mean, half := "", ""
			if e := c.estimate(m); e != nil {
				mean = number(e.Mean)
				if e.Half != nil {
					half = number(*e.Half)
				}
			}
			line = append(line, mean, half)
		}
		lines = append(lines, line)
	}
	return out.WriteAll(lines)
}
