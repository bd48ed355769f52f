package page

import (
	"math"
	"slices"
	"sort"
	"strconv"
)

// table is what the lines of one kind of a run's metrics.jsonl say: a column of numbers for
// each name, NaN where a line has none. Rows are in the order of their steps.
type table struct {
	steps   []int32
	columns []column
}

type column struct {
	name   string
	values []float32
}

// field is a number of a line; NaN stands for null.
type field struct {
	name  string
	value float64
}

// maxRows is how many rows a table keeps: one with more is thinned to half of that, with
// its extremes.
const maxRows = 1 << 20

// add adds a line about a step. Lines about the step and later ones, which a run that was
// resumed has made anew, are taken away.
func (t *table) add(step int, fields []field) {
	t.cut(step)
	if len(t.steps) == maxRows {
		*t = t.rows(t.thin(math.Inf(-1), math.Inf(1), maxRows/2))
	}
	t.steps = append(t.steps, int32(step))
	for i, f := range fields {
		c := t.column(f.name, i)
		if c == nil {
			continue
		}
		for len(c.values) < len(t.steps)-1 {
			c.values = append(c.values, float32(math.NaN()))
		}
		c.values = append(c.values[:len(t.steps)-1], float32(f.value))
	}
	for i := range t.columns {
		if c := &t.columns[i]; len(c.values) < len(t.steps) {
			c.values = append(c.values, float32(math.NaN()))
		}
	}
}

// cut takes the rows from a step on away.
func (t *table) cut(step int) {
	n := len(t.steps)
	for n > 0 && int(t.steps[n-1]) >= step {
		n--
	}
	t.steps = t.steps[:n]
	for i := range t.columns {
		t.columns[i].values = t.columns[i].values[:n]
	}
}

// column returns the column of a name, which is most often that at guess; nil where there
// are too many others.
func (t *table) column(name string, guess int) *column {
	if guess < len(t.columns) && t.columns[guess].name == name {
		return &t.columns[guess]
	}
	for i := range t.columns {
		if t.columns[i].name == name {
			return &t.columns[i]
		}
	}
	if len(t.columns) == maxColumns {
		return nil
	}
	t.columns = append(t.columns, column{name: name})
	return &t.columns[len(t.columns)-1]
}

// values returns the column of a name, nil where there is none.
func (t *table) values(name string) []float32 {
	for _, c := range t.columns {
		if c.name == name {
			return c.values
		}
	}
	return nil
}

// rows returns a table of some rows.
func (t *table) rows(which []int) table {
	out := table{steps: make([]int32, len(which))}
	for i, r := range which {
		out.steps[i] = t.steps[r]
	}
	for _, c := range t.columns {
		values := make([]float32, len(which))
		for i, r := range which {
			values[i] = c.values[r]
		}
		out.columns = append(out.columns, column{c.name, values})
	}
	return out
}

// only returns the table of some of the columns.
func (t *table) only(names ...string) *table {
	out := &table{steps: t.steps}
	for _, c := range t.columns {
		if slices.Contains(names, c.name) {
			out.columns = append(out.columns, c)
		}
	}
	return out
}

// thinned returns the rows that thin chooses.
func (t *table) thinned(from, to float64, limit int) table { return t.rows(t.thin(from, to, limit)) }

// thin returns some of the rows whose steps are in from … to, in order: all of them where
// they are at most limit; else the first and the last one and, of equal parts of the rest,
// those in which a column is least or largest. At least a row of each part is kept, so
// there may be somewhat more than limit in a table of many columns.
func (t *table) thin(from, to float64, limit int) []int {
	first := sort.Search(len(t.steps), func(i int) bool { return float64(t.steps[i]) >= from })
	last := sort.Search(len(t.steps), func(i int) bool { return float64(t.steps[i]) > to })
	// What lies just outside keeps lines going to the edges.
	first, last = max(0, first-1), min(len(t.steps), last+1)
	n := last - first
	if n <= limit {
		return span(first, last)
	}
	parts := max(1, limit/(2*max(1, len(t.columns))))
	kept := []int{first, last - 1}
	for p := range parts {
		lo, hi := first+p*n/parts, first+(p+1)*n/parts
		kept = append(kept, lo)
		for _, c := range t.columns {
			least, most := extremes(c.values[lo:hi])
			if least >= 0 {
				kept = append(kept, lo+least, lo+most)
			}
		}
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// extremes returns where values are least and largest, -1 where none is a number.
func extremes(values []float32) (least, most int) {
	least, most = -1, -1
	for i, v := range values {
		if v != v {
			continue
		}
		if least < 0 || v < values[least] {
			least = i
		}
		if most < 0 || v > values[most] {
			most = i
		}
	}
	return least, most
}

// ranges returns the least and the largest number of each column that has one.
func (t *table) ranges() map[string][2]float64 {
	all := map[string][2]float64{}
	for _, c := range t.columns {
		least, most := float32(math.MaxFloat32), float32(-math.MaxFloat32)
		for _, v := range c.values {
			if isFinite(v) {
				least, most = min(least, v), max(most, v)
			}
		}
		if least <= most {
			all[c.name] = [2]float64{rounded(least), rounded(most)}
		}
	}
	return all
}

// row returns the numbers of a row.
func (t *table) row(i int) map[string]float64 {
	all := map[string]float64{}
	for _, c := range t.columns {
		if v := c.values[i]; isFinite(v) {
			all[c.name] = rounded(v)
		}
	}
	return all
}

func isFinite(v float32) bool { return v-v == 0 }

func span(from, to int) []int {
	all := make([]int, 0, max(0, to-from))
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// bytes is about how much memory the table takes.
func (t *table) bytes() int { return 4 * cap(t.steps) * (1 + len(t.columns)) }

// digits is how many digits of a number the page gets.
const digits = 7

// rounded returns a number as the page gets it.
func rounded(v float32) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', digits, 32), 64)
	if err != nil {
		panic(err) // it was written just now
	}
	return f
}

// MarshalJSON writes an object of columns; what is not finite is null.
func (t table) MarshalJSON() ([]byte, error) {
	b := []byte(`{"step":[`)
	for i, s := range t.steps {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(s), 10)
	}
	b = append(b, ']')
	for _, c := range t.columns {
		if c.name == "step" {
			continue
		}
		b = append(append(b, ','), quoted(c.name)...)
		b = append(b, ':', '[')
		for i, v := range c.values {
			if i > 0 {
				b = append(b, ',')
			}
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				b = append(b, "null"...)
			} else {
				b = strconv.AppendFloat(b, f, 'g', digits, 32)
			}
		}
		b = append(b, ']')
	}
	return append(b, '}'), nil
}
