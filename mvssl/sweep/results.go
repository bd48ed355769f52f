package sweep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/mvssl"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// Folders are the folders of a sweep's runs by the digests of their configurations.
type Folders map[string]string

// FindFolders looks at all folders in dir, which need not be there, for runs. So a run is
// found whatever its folder is called, as after rows were added to the file before it. One
// that a version made whose configurations had fewer fields is found by the digest that it
// had then, and by that of today's form.
func FindFolders(dir string) (Folders, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return Folders{}, nil
	}
	if err != nil {
		return nil, err
	}
	found := Folders{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		c, err := train.ReadConfig(path)
		if err != nil {
			continue // no run's, or one that was killed before it wrote its configuration
		}
		text, err := files.Read(filepath.Join(path, train.ConfigFile), maxFileBytes)
		if err != nil {
			return nil, err
		}
		then, err := digestOf(text)
		if err != nil {
			return nil, err
		}
		now, err := Digest(c)
		if err != nil {
			return nil, err
		}
		for _, digest := range []string{then, now} {
			if first, twice := found[digest]; twice && first != path {
				return nil, fmt.Errorf("%s: found the run of %s, expected another: remove one of them", path, first)
			}
			found[digest] = path
		}
	}
	return found, nil
}

// Of returns the folder of a run below dir: the one that has it, or else a new one, by the
// run's name, or by its name and digest where another run has that.
func (f Folders) Of(dir string, r Run) string {
	if path, ok := f[r.SHA256]; ok {
		return path
	}
	path := filepath.Join(dir, r.Folder)
	for _, taken := range f {
		if taken == path {
			const digits = 12
			return path + "-" + r.SHA256[:digits]
		}
	}
	return path
}

// history returns the folder below dir in which a run is or has failed, empty where there is
// none, and its history, nil where it has not begun. The error is what is wrong with its files: that
// of one run, past which others can be read.
func (f Folders) history(dir string, r Run) (path string, h *runs.History, err error) {
	path, there := f[r.SHA256]
	if !there {
		path = f.Of(dir, r)
		if _, err := train.ReadConfig(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return path, nil, err
		}
		if _, err := ReadFailure(path); err == nil { // before it wrote its configuration
			return path, nil, nil
		}
		return "", nil, nil
	}
	h, err = ReadRun(path)
	if errors.Is(err, os.ErrNotExist) {
		return path, nil, nil
	}
	return path, h, err
}

// ReadRun is [runs.ReadHistory] for who goes by what it says: of a run that has ended, damage
// of any file that tables need is an error. It is os.ErrNotExist where the run has not begun.
func ReadRun(dir string) (*runs.History, error) {
	h, err := readRun(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) { // it may have ended while it was read
		return readRun(dir)
	}
	return h, err
}

func readRun(dir string) (*runs.History, error) {
	h, err := runs.ReadHistory(dir)
	if errors.Is(err, os.ErrNotExist) {
		if _, ended := os.Lstat(filepath.Join(dir, train.SummaryFile)); ended == nil {
			return nil, fmt.Errorf("%s: found no such file, expected the lines of the run that %s is of", filepath.Join(dir, train.MetricsFile), train.SummaryFile)
		}
	}
	if err != nil || h.Summary == nil {
		return h, err
	}
	if h.Warning != "" {
		return nil, errors.New(h.Warning)
	}
	if h.Config.Report.Evaluate == mvssl.On {
		last := 0
		if n := len(h.Epochs); n > 0 {
			last = h.Epochs[n-1].Step
		}
		if last != h.Summary.Steps {
			return nil, fmt.Errorf("%s: found the last line about an epoch at step %d, expected it at step %d of %s", filepath.Join(dir, train.MetricsFile), last, h.Summary.Steps, train.SummaryFile)
		}
	}
	if h.Summary.PredictionsSHA256 != "" {
		if _, err := train.ReadPredictions(dir, h.Summary); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Ended is a run that has ended, with all that it wrote about itself.
type Ended struct {
	Run
	History *runs.History
}

// Ended returns the runs in dir that have ended, in the order of the plan, without those
// whose files are damaged.
func (p *Plan) Ended(dir string) (all []Ended, err error) {
	folders, err := FindFolders(dir)
	if err != nil {
		return nil, err
	}
	for _, run := range p.Runs {
		if _, h, err := folders.history(dir, run); err == nil && h != nil && h.Summary != nil {
			all = append(all, Ended{run, h})
		}
	}
	return all, nil
}

// Result is the table of a sweep: what its runs came to, in the order of the plan.
type Result struct {
	Name     string       `json:"name"`
	SIMD     string       `json:"simd"`     // of all runs; empty where none has ended
	Numerics int          `json:"numerics"` // of all runs
	Columns  []string     `json:"columns"`
	Rows     []ResultRow  `json:"rows"`
	Primary  string       `json:"primary"`   // the column that the rest is about
	Compared []Comparison `json:"compared"`  // adjusted together
	Contrast []Comparison `json:"contrasts"` // adjusted together
}

// ResultRow is a row of the table.
type ResultRow struct {
	Method  string `json:"method"`
	Setting string `json:"setting"`
	Runs    int    `json:"runs"`  // planned
	Ended   int    `json:"ended"` // of them
	// Failed are the lines of the runs that failed for good, or whose files are damaged, with
	// their seeds.
	Failed []string `json:"failed"`
	// Cells are the estimates of the columns over the runs that have ended, nil where none
	// has a value.
	Cells []*Estimate `json:"cells"`
}

// Comparison is a difference that was made seed by seed.
type Comparison struct {
	Name string `json:"name"`
	// Difference is nil where no seed has ended in all rows that it needs.
	Difference *Estimate `json:"difference"`
	P          *float64  `json:"p"`    // see SignFlip
	Holm       *float64  `json:"holm"` // see Holm
	// Bootstrap is the interval over seeds and images; nil where not all runs have kept their
	// predictions, or only one seed has ended.
	Bootstrap *Interval `json:"bootstrap"`

	plus, minus []int  // rows
	seeds       []bool // that have ended in all of them
}

// Read makes the table of the runs in dir, of whom those that have not ended are left
// out. A run whose files are damaged has failed. It refuses runs of different SIMD levels or numerics, which have different bits.
func (p *Plan) Read(dir string) (*Result, error) {
	folders, err := FindFolders(dir)
	if err != nil {
		return nil, err
	}
	res := &Result{Name: p.File.Name, Columns: p.File.columns(), Primary: p.File.primary()}
	ended := make([]*runs.History, len(p.Runs))
	failed := make([]string, len(p.Runs))
	first := "" // that has ended
	for i, run := range p.Runs {
		path, h, err := folders.history(dir, run)
		if err != nil {
			failed[i] = printable.Text(err.Error())
			continue
		}
		if h == nil || h.Summary == nil {
			if f, err := ReadFailure(path); err == nil && f.Final() {
				failed[i] = f.Error
			}
			continue
		}
		levels := strings.Join(h.Summary.SIMDLevels, "+")
		if first == "" {
			first, res.SIMD, res.Numerics = path, levels, h.Summary.Numerics
		}
		if levels != res.SIMD || h.Summary.Numerics != res.Numerics {
			return nil, fmt.Errorf("%s: found SIMD level %s and numerics %d, expected the %s and %d of %s: their figures do not belong in one table",
				path, levels, h.Summary.Numerics, res.SIMD, res.Numerics, first)
		}
		ended[i] = h
	}
	values := p.values(ended)
	for i, row := range p.Rows {
		r := ResultRow{Method: row.Method, Setting: row.Setting, Runs: len(p.File.Seeds), Failed: []string{}}
		for s, seed := range p.File.Seeds {
			switch at := s*len(p.Rows) + i; {
			case ended[at] != nil:
				r.Ended++
			case failed[at] != "":
				r.Failed = append(r.Failed, fmt.Sprintf("seed %d: %s", seed, failed[at]))
			}
		}
		for _, column := range res.Columns {
			r.Cells = append(r.Cells, estimate(values(column, i)))
		}
		res.Rows = append(res.Rows, r)
	}
	res.Compared, res.Contrast = p.compared(values), p.contrasts(values)
	kept, err := p.predictions(ended)
	if err != nil {
		return nil, err
	}
	return res, kept.bootstrap(p, res.Compared, res.Contrast)
}

// bySeed are values of a row, one a seed, nil where the run has not ended.
type bySeed []*float64

// values returns what a column shows of a row's runs.
func (p *Plan) values(ended []*runs.History) func(column string, row int) bySeed {
	return func(column string, row int) bySeed {
		c, err := columnOf(column)
		if err != nil {
			panic(err) // the file was checked
		}
		of := make(bySeed, len(p.File.Seeds))
		for s := range of {
			if h := ended[s*len(p.Rows)+row]; h != nil {
				of[s] = c.value(h)
			}
		}
		return of
	}
}

// there returns the values that there are.
func (b bySeed) there() (values []float64) {
	for _, v := range b {
		if v != nil {
			values = append(values, *v)
		}
	}
	return values
}

// estimate is EstimateOf what there is, nil of nothing.
func estimate(b bySeed) *Estimate {
	values := b.there()
	if len(values) == 0 {
		return nil
	}
	e := EstimateOf(values)
	return &e
}

// compared compares the file's pairs of methods in each setting that both have.
func (p *Plan) compared(values func(string, int) bySeed) []Comparison {
	list := []Comparison{}
	for _, pair := range p.File.Table.Compare {
		for i, row := range p.Rows {
			if row.Method != pair[0] {
				continue
			}
			other := slices.Index(p.Rows, Planned{pair[1], row.Setting})
			if other < 0 {
				continue
			}
			name := strings.TrimSpace(fmt.Sprintf("%s − %s %s", pair[0], pair[1], row.Setting))
			list = append(list, p.sum(name, values, []int{i}, []int{other}))
		}
	}
	return adjust(list)
}

// contrasts makes the file's contrasts.
func (p *Plan) contrasts(values func(string, int) bySeed) []Comparison {
	list := []Comparison{}
	for _, c := range p.File.Table.Contrasts {
		list = append(list, p.sum(c.Name, values, p.labelled(c.Plus), p.labelled(c.Minus)))
	}
	return adjust(list)
}

// labelled returns the places of rows by their labels, −1 where there is none.
func (p *Plan) labelled(labels []string) []int {
	places := make([]int, len(labels))
	for i, label := range labels {
		places[i] = slices.IndexFunc(p.Rows, func(r Planned) bool { return r.Label() == label })
	}
	return places
}

// sum adds the primary column of some rows, without that of others, seed by seed.
func (p *Plan) sum(name string, values func(string, int) bySeed, plus, minus []int) Comparison {
	total := make(bySeed, len(p.File.Seeds))
	for s := range total {
		total[s] = new(float64)
	}
	add := func(rows []int, sign float64) {
		for _, row := range rows {
			for s, v := range values(p.File.primary(), row) {
				if v == nil || total[s] == nil {
					total[s] = nil
					continue
				}
				*total[s] += sign * *v
			}
		}
	}
	add(plus, 1)
	add(minus, -1)
	c := Comparison{Name: name, Difference: estimate(total), plus: plus, minus: minus, seeds: make([]bool, len(total))}
	for s, v := range total {
		c.seeds[s] = v != nil
	}
	if c.Difference != nil {
		v := SignFlip(total.there())
		c.P = &v
	}
	return c
}

// adjust fills in Holm's p-values over all comparisons that have one.
func adjust(list []Comparison) []Comparison {
	var places []int
	var p []float64
	for i, c := range list {
		if c.P != nil {
			places, p = append(places, i), append(p, *c.P)
		}
	}
	for i, v := range Holm(p) {
		list[places[i]].Holm = &v
	}
	return list
}

// checkTable reports rows that the file compares and does not have.
func (p *Plan) checkTable() error {
	t := p.File.Table
	if n := len(p.File.Seeds); n > MaxSigns && len(t.Compare)+len(t.Contrasts) > 0 {
		return fmt.Errorf("seeds: found %d, expected at most %d where rows are compared", n, MaxSigns)
	}
	for i, pair := range t.Compare {
		if !slices.ContainsFunc(p.Rows, func(r Planned) bool {
			return r.Method == pair[0] && slices.Contains(p.Rows, Planned{pair[1], r.Setting})
		}) {
			return fmt.Errorf("table.compare[%d]: found no setting that rows of %s and of %s share", i, pair[0], pair[1])
		}
	}
	for i, c := range t.Contrasts {
		for _, label := range slices.Concat(c.Plus, c.Minus) {
			if p.labelled([]string{label})[0] < 0 {
				var labels []string
				for _, r := range p.Rows {
					labels = append(labels, r.Label())
				}
				return fmt.Errorf("table.contrasts[%d]: found row %q, expected one of %s", i, label, strings.Join(labels, ", "))
			}
		}
	}
	return nil
}

// columns returns the columns of the table.
func (f *File) columns() []string {
	if len(f.Table.Columns) == 0 {
		return defaultColumns
	}
	return f.Table.Columns
}

// primary returns the column that rows are compared by.
func (f *File) primary() string {
	if f.Table.Primary == "" {
		return defaultPrimary
	}
	return f.Table.Primary
}
