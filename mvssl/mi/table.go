package mi

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Row is a line of the bench's table: what the seeds of an item say of a task together.
type Row struct {
	Part      Part    `json:"part"`
	Task      string  `json:"task"`
	Estimator string  `json:"estimator"`
	Critic    Critic  `json:"critic"`
	Kind      Kind    `json:"kind"`
	K         int     `json:"k"`
	Steps     int     `json:"steps"`
	Seeds     int     `json:"seeds"` // that came to an end
	Truth     float64 `json:"truth"`
	// Bias and Variance are means over the seeds, Error the root of the squared bias plus the
	// variance; BiasError is the standard error of the bias over the seeds. Null where there
	// are too few that came to an end.
	Bias      *float64 `json:"bias"`
	BiasError *float64 `json:"bias_error"`
	Variance  *float64 `json:"variance"`
	Error     *float64 `json:"error"`
	Failed    string   `json:"failed,omitempty"`
}

// Rows returns the table of items that have run, in their order.
func Rows(items []Item) (rows []Row) {
	type key struct {
		part            Part
		task, estimator string
		critic          Critic
	}
	cells := map[key][]Cell{}
	for _, i := range items {
		for _, c := range i.Cells {
			of := key{i.Part, c.Task, i.Estimator, i.Critic}
			if cells[of] == nil {
				r := Row{Part: i.Part, Task: c.Task, Estimator: i.Estimator, Critic: i.Critic, K: i.K, Steps: i.Steps, Truth: c.Truth}
				if e, err := FindEstimator(i.Estimator); err == nil {
					r.Kind = e.kind(i.Critic == Directions) // which is asked of von Mises–Fisher pairs alone, by their κ
				}
				rows = append(rows, r)
			}
			cells[of] = append(cells[of], c)
		}
	}
	for i := range rows {
		r := &rows[i]
		r.sum(cells[key{r.Part, r.Task, r.Estimator, r.Critic}])
	}
	return rows
}

// sum takes the seeds together.
func (r *Row) sum(cells []Cell) {
	var biases, variances []float64
	for _, c := range cells {
		if c.Mean == nil {
			r.Failed = c.Failed
			continue
		}
		r.Seeds++
		biases = append(biases, c.Bias())
		if c.Variance != nil {
			variances = append(variances, *c.Variance)
		}
	}
	if r.Seeds == 0 {
		return
	}
	bias := meanOf(biases)
	r.Bias = &bias.Value
	if r.Seeds > 1 {
		r.BiasError = &bias.Error
	}
	if len(variances) == r.Seeds {
		v := meanOf(variances).Value
		e := math.Sqrt(bias.Value*bias.Value + v)
		r.Variance, r.Error = &v, &e
	}
}

// WriteCSV writes rows with a header.
func WriteCSV(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"part", "task", "estimator", "critic", "kind", "k", "steps", "seeds", "truth", "bias", "bias_error", "variance", "error", "failed"}}
	for _, r := range rows {
		lines = append(lines, []string{
			string(r.Part), r.Task, r.Estimator, string(r.Critic), string(r.Kind), strconv.Itoa(r.K), strconv.Itoa(r.Steps), strconv.Itoa(r.Seeds),
			number(&r.Truth), number(r.Bias), number(r.BiasError), number(r.Variance), number(r.Error), r.Failed,
		})
	}
	return out.WriteAll(lines)
}

// number is a value with six digits, nothing where there is none.
func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', 6, 64)
}

// Markdown returns a table for each part: a line an estimator, a column a task; of the
// kinds, whose tasks are many, a line a task.
func Markdown(rows []Row) string {
	var b bytes.Buffer
	for _, part := range Parts() {
		var of []Row
		for _, r := range rows {
			if r.Part == part {
				of = append(of, r)
			}
		}
		if of != nil {
			markdown(&b, part, of)
		}
	}
	return b.String()
}

// markdown writes the table of a part.
func markdown(b *bytes.Buffer, part Part, rows []Row) {
	var tasks, estimators []string
	truths, cells := map[string]float64{}, map[[2]string]string{}
	for _, r := range rows {
		name := strings.TrimSpace(r.Estimator + " " + string(r.Critic))
		if _, seen := truths[r.Task]; !seen {
			tasks = append(tasks, r.Task)
			truths[r.Task] = r.Truth
		}
		if len(estimators) == 0 || estimators[len(estimators)-1] != name {
			estimators = append(estimators, name)
		}
		cells[[2]string{r.Task, name}] = r.text(part)
	}
	across, down := tasks, estimators
	if part == Kinds {
		across, down = estimators, tasks
	}
	title := func(name string) string {
		if v, isTask := truths[name]; isTask {
			return fmt.Sprintf("%s (%.4g)", name, v)
		}
		return name
	}
	fmt.Fprintf(b, "**%s**: %s\n\n|", part, partDocs[part])
	for _, name := range across {
		fmt.Fprintf(b, " | %s", title(name))
	}
	fmt.Fprintf(b, " |\n| ---%s |\n", strings.Repeat(" | ---", len(across)))
	for _, name := range down {
		fmt.Fprintf(b, "| %s", title(name))
		for _, other := range across {
			at := [2]string{other, name}
			if part == Kinds {
				at = [2]string{name, other}
			}
			fmt.Fprintf(b, " | %s", cells[at])
		}
		fmt.Fprint(b, " |\n")
	}
	fmt.Fprintln(b)
}

// partDocs say what the cells of a part's table are.
var partDocs = map[Part]string{
	Staircase: "bias ± its standard error over the seeds, where there are several / variance / error, in nats; a column a step of the staircase",
	Cubed:     "bias ± its standard error over the seeds, where there are several / variance / error, in nats; the same with Y cubed",
	Kinds:     "bias, in nats; tasks with their truth",
}

// text is a cell of the table in Markdown.
func (r Row) text(part Part) string {
	switch {
	case r.Bias == nil:
		return "–"
	case part == Kinds:
		return short(*r.Bias)
	}
	bias := short(*r.Bias)
	if r.BiasError != nil {
		bias += " ± " + short(*r.BiasError)
	}
	if r.Variance == nil {
		return bias + " / – / –"
	}
	return fmt.Sprintf("%s / %s / %s", bias, short(*r.Variance), short(*r.Error))
}

// short is a number for a table: two digits behind the point, three in all of what is
// large.
func short(v float64) string {
	if math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'e', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
