package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/mvssl"
	"entrec/mvssl/train"
)

// fileFormat is the format of sweep files.
const fileFormat = "entrec-sweep/1"

// File is a sweep file: rows of methods in settings, each trained from several seeds.
type File struct {
	Format string `json:"format"`
	Name   string `json:"name"` // of the sweep, and of its folder
	Data   string `json:"data"` // a name or path that data.Load knows
	// SIMD is the level at which all runs are made, any to take each machine's own: then a
	// table is made of runs of one level alone.
	SIMD  string   `json:"simd"`
	Base  Settings `json:"base"`  // of all runs
	Seeds []uint64 `json:"seeds"` // each of all rows
	Rows  []Row    `json:"rows"`
	Table Table    `json:"table"`
	// Resources are what a scheduler is asked for.
	Resources Resources `json:"resources"`

	sha256 string // of its text
}

// Row are runs of some methods in the same settings, over those of the base.
type Row struct {
	// Name stands in tables in place of the settings of Set.
	Name    string   `json:"name"`
	Methods []string `json:"methods"`
	Set     Settings `json:"set"`
	// Grid are the axes of a product: each a field with the list of its values, one run
	// each, of which the last axis changes fastest.
	Grid Settings `json:"grid"`
}

// Table says what is shown of the runs, and compared.
type Table struct {
	Columns []string `json:"columns"` // names of [Columns]
	// Primary is the column that compared rows are compared by; empty: linear.
	Primary string `json:"primary"`
	// Compare are pairs of methods, of which the first is compared with the second, by
	// seed, in each setting that both have.
	Compare [][2]string `json:"compare"`
	// Contrasts are sums of rows with weights 1 and −1, by seed.
	Contrasts []Contrast `json:"contrasts"`
}

// Contrast is the sum of some rows without some others.
type Contrast struct {
	Name  string   `json:"name"`
	Plus  []string `json:"plus"` // rows as tables name them: method and setting
	Minus []string `json:"minus"`
}

// Resources are those of one run.
type Resources struct {
	Threads  int    `json:"threads"`
	Memory   string `json:"memory"`   // such as 1500M, of 1024² bytes each
	Time     string `json:"time"`     // as time.ParseDuration reads it, such as 4h
	Grace    string `json:"grace"`    // between the warning that time is nearly up and its end
	Attempts int    `json:"attempts"` // at most, of a run that is interrupted
}

// Limit returns the time that a run may take at a stretch, and how long before its end
// it is warned.
func (r Resources) Limit() (limit, grace time.Duration, err error) {
	if limit, err = duration("time", r.Time); err != nil {
		return limit, grace, err
	}
	if grace, err = duration("grace", r.Grace); err != nil {
		return limit, grace, err
	}
	if grace >= limit {
		return limit, grace, fmt.Errorf("grace: found %v, expected less than the time, %v", grace, limit)
	}
	return limit, grace, nil
}

func duration(field, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > maxTime {
		return d, fmt.Errorf("%s: found %q, expected a time such as 4h, from 1s to %v", field, text, maxTime)
	}
	return d, nil
}

// The most that a sweep file may ask for.
const (
	maxFileBytes = 16 << 20
	maxTime      = 10000 * time.Hour
	maxRuns      = 1 << 20
	maxThreads   = 4096
	maxAttempts  = 1000
)

// defaultResources are those of a file that has none.
var defaultResources = Resources{Threads: 1, Memory: "2G", Time: "4h", Grace: "3m", Attempts: 20}

var (
	isName   = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)
	isMemory = regexp.MustCompile(`^[1-9][0-9]{0,8}[KMGT]$`)
)

// Read reads a sweep file. Errors are one line: the file, the field, what was found and
// what was expected.
func Read(path string) (*File, error) {
	text, err := files.Read(path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	f, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Parse reads the text of a sweep file.
func Parse(text []byte) (*File, error) {
	f := &File{Resources: defaultResources}
	err := strictjson.UnmarshalKnown(text, f)
	if err == nil || errors.Is(err, errNoObject) {
		if placed := checkShapes(text); placed != nil {
			err = placed
		}
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	f.sha256 = hex.EncodeToString(sum[:])
	return f, f.check()
}

// checkShapes reports, with the place, what encoding/json takes in silence or tells of
// without one: compared methods that are not two, settings that are no object.
func checkShapes(text []byte) error {
	var f struct {
		Base  json.RawMessage
		Rows  []struct{ Set, Grid json.RawMessage }
		Table struct{ Compare [][]json.RawMessage }
	}
	_ = json.Unmarshal(text, &f) // of what is not read here, Parse tells
	if err := checkObject("base", f.Base); err != nil {
		return err
	}
	for i, row := range f.Rows {
		if err := checkObject(fmt.Sprintf("rows[%d].set", i), row.Set); err != nil {
			return err
		}
		if err := checkObject(fmt.Sprintf("rows[%d].grid", i), row.Grid); err != nil {
			return err
		}
	}
	for i, methods := range f.Table.Compare {
		if n := len(methods); n != 2 {
			return fmt.Errorf("table.compare[%d]: found %d methods, expected 2", i, n)
		}
	}
	return nil
}

// checkObject reports a value, if there is one, that is no object.
func checkObject(place string, value json.RawMessage) error {
	if value == nil {
		return nil
	}
	found := "number"
	switch value[0] {
	case '{':
		return nil
	case '[':
		found = "array"
	case '"':
		found = "string"
	case 't', 'f':
		found = "bool"
	case 'n':
		found = "null"
	}
	return fmt.Errorf("%s: found a JSON %s, expected an object", place, found)
}

// check reports what is wrong with a file whatever its data are.
func (f *File) check() error {
	wrong := func(field string, found any, expected string) error {
		return fmt.Errorf("%s: found %v, expected %s", field, found, expected)
	}
	switch levels := train.LevelNames; {
	case f.Format != fileFormat:
		return wrong("format", fmt.Sprintf("%q", f.Format), fmt.Sprintf("%q", fileFormat))
	case !isName.MatchString(f.Name):
		return wrong("name", fmt.Sprintf("%q", f.Name), "letters, digits, dots, dashes and underscores")
	case f.Data == "":
		return wrong("data", "nothing", "a data set")
	case f.SIMD != "" && !slices.Contains(levels, f.SIMD):
		return wrong("simd", fmt.Sprintf("%q", f.SIMD), strings.Join(levels, ", "))
	case len(f.Seeds) == 0:
		return wrong("seeds", "none", "at least one")
	case len(f.Rows) == 0:
		return wrong("rows", "none", "at least one")
	}
	for i, seed := range f.Seeds {
		if first := slices.Index(f.Seeds, seed); first < i {
			return wrong(fmt.Sprintf("seeds[%d]", i), fmt.Sprintf("%d, which is seeds[%d] too", seed, first), "another")
		}
	}
	for i, row := range f.Rows {
		if err := row.check(); err != nil {
			return fmt.Errorf("rows[%d].%w", i, err)
		}
		for _, method := range row.Methods {
			if err := checkOnce(method, layer{"base", f.Base}); err != nil {
				return err
			}
		}
	}
	if err := f.Table.check(); err != nil {
		return fmt.Errorf("table.%w", err)
	}
	if err := f.Resources.check(); err != nil {
		return fmt.Errorf("resources.%w", err)
	}
	return f.checkSize()
}

func (r Row) check() error {
	if len(r.Methods) == 0 {
		return fmt.Errorf("methods: found none, expected at least one")
	}
	for i, m := range r.Methods {
		if _, err := mvssl.Find(m); err != nil {
			return fmt.Errorf("methods[%d]: %w", i, err)
		}
	}
	if !isOneLine(r.Name) {
		return fmt.Errorf("name: found %q, expected one line", r.Name)
	}
	for _, axis := range r.Grid {
		if values, is := axis.Value.([]any); !is || len(values) == 0 {
			return fmt.Errorf("grid.%s: found %s, expected a list of values", axis.Name, written(axis.Value))
		}
		if slices.ContainsFunc(r.Set, func(f Setting) bool { return f.Name == axis.Name }) {
			return fmt.Errorf("grid.%s: found it in set too, expected it once", axis.Name)
		}
	}
	for _, method := range r.Methods {
		if err := checkOnce(method, layer{"set", r.Set}, layer{"grid", r.Grid.flat()}); err != nil {
			return err
		}
	}
	return nil
}

// isOneLine reports whether a name has no line breaks and no other control characters.
func isOneLine(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) })
}

// layer are settings with their name in the file.
type layer struct {
	name     string
	settings Settings
}

// checkOnce reports a field of the method that layers set twice, under two names.
func checkOnce(method string, layers ...layer) (err error) {
	by := map[string]string{}   // names by path
	var paths, several []string // all, and those of several fields
	for _, l := range layers {
		for _, s := range l.settings {
			name := l.name + "." + s.Name
			s.sets(method, func(path string) {
				like := several
				switch _, again := by[path]; {
				case again:
					like = []string{path}
				case strings.Contains(path, "*"):
					like, several = paths, append(several, path)
					fallthrough
				default:
					by[path], paths = name, append(paths, path)
				}
				for _, other := range like {
					if first := by[other]; first != name && err == nil && haveOneField(path, other) {
						err = fmt.Errorf("%s: found the field that %s sets too, expected it once", name, first)
					}
				}
			})
		}
	}
	return err
}

// haveOneField reports whether two paths, in which * stands for any name, have a field in
// common.
func haveOneField(a, b string) bool {
	return slices.EqualFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) bool { return a == b || a == "*" || b == "*" })
}

func (t Table) check() error {
	columns := map[string]int{} // places
	for i, name := range t.Columns {
		c, err := columnOf(name)
		if err != nil {
			return fmt.Errorf("columns[%d]: %w", i, err)
		}
		if first, twice := columns[c.Name]; twice {
			return fmt.Errorf("columns[%d]: found %s, which columns[%d] is too, expected another", i, name, first)
		}
		columns[c.Name] = i
	}
	if t.Primary != "" {
		if _, err := columnOf(t.Primary); err != nil {
			return fmt.Errorf("primary: %w", err)
		}
	}
	for i, pair := range t.Compare {
		if pair[0] == pair[1] {
			return fmt.Errorf("compare[%d]: found %s with itself, expected two methods", i, pair[0])
		}
		if first := slices.IndexFunc(t.Compare, func(p [2]string) bool { return p == pair || p == [2]string{pair[1], pair[0]} }); first < i {
			return fmt.Errorf("compare[%d]: found %s and %s, which compare[%d] compares too, expected another pair", i, pair[0], pair[1], first)
		}
	}
	for i, c := range t.Contrasts {
		first := slices.IndexFunc(t.Contrasts, func(of Contrast) bool { return of.Name == c.Name })
		row, twice := c.twice()
		switch {
		case c.Name == "":
			return fmt.Errorf("contrasts[%d].name: found nothing, expected a name", i)
		case !isOneLine(c.Name):
			return fmt.Errorf("contrasts[%d].name: found %q, expected one line", i, c.Name)
		case len(c.Plus)+len(c.Minus) == 0:
			return fmt.Errorf("contrasts[%d]: found no rows, expected some in plus or minus", i)
		case first < i:
			return fmt.Errorf("contrasts[%d].name: found %q, which is that of contrasts[%d] too, expected another", i, c.Name, first)
		case twice:
			return fmt.Errorf("contrasts[%d]: found row %q twice, expected it once, in plus or in minus", i, row)
		}
	}
	return nil
}

// twice returns the first row that stands in the contrast more than once.
func (c Contrast) twice() (row string, is bool) {
	seen := map[string]bool{}
	for _, row := range slices.Concat(c.Plus, c.Minus) {
		if seen[row] {
			return row, true
		}
		seen[row] = true
	}
	return "", false
}

func (r Resources) check() error {
	switch {
	case r.Threads < 1 || r.Threads > maxThreads:
		return fmt.Errorf("threads: found %d, expected 1 to %d", r.Threads, maxThreads)
	case !isMemory.MatchString(r.Memory):
		return fmt.Errorf("memory: found %q, expected a size such as 1500M or 2G", r.Memory)
	case r.Attempts < 1 || r.Attempts > maxAttempts:
		return fmt.Errorf("attempts: found %d, expected 1 to %d", r.Attempts, maxAttempts)
	}
	_, _, err := r.Limit()
	return err
}

// checkSize reports more runs than anybody makes, before they are listed.
func (f *File) checkSize() error {
	runs := 0
	for i, row := range f.Rows {
		n := len(f.Seeds) * len(row.Methods)
		for _, axis := range row.Grid {
			if n *= len(axis.Value.([]any)); n > maxRuns {
				break
			}
		}
		if runs += n; runs > maxRuns {
			return fmt.Errorf("rows[%d]: found more than %d runs up to here, expected fewer", i, maxRuns)
		}
	}
	return nil
}
