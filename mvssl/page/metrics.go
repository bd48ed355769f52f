package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"

	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/mvssl/train"
)

// metrics is what a run's metrics.jsonl says, as far as it was read.
type metrics struct {
	steps, epochs table
	spectra       []spectrum
	warnings      []warning
	damaged       int    // lines that are
	damage        string // the first of them

	read int64  // bytes, up to the end of a line
	tail []byte // the last of them
	line int    // lines read
}

// spectrum is the eigenvalues of the projections' covariance at an epoch.
type spectrum struct {
	step   int
	Epoch  float64   `json:"epoch"`
	Values []float64 `json:"values"`
}

// warning is what the run warned of at an epoch.
type warning struct {
	step  int
	Epoch float64 `json:"epoch"`
	Text  string  `json:"text"`
}

// The most bytes of a run's files that are read, and of one line, and of a list in it.
const (
	maxMetricsBytes = 4 << 30
	maxLineBytes    = 4 << 20
	maxSpectrum     = 1 << 12
	maxColumns      = 64
	maxNotes        = 1000 // warnings that are kept
	tailBytes       = 64
)

// update reads what was written since the last time: all where the file is another by
// now. It reports whether there was something. A last line without an end is left for the
// next time.
func (m *metrics) update(path string) (bool, error) {
	f, size, err := files.Open(path, maxMetricsBytes)
	if errors.Is(err, fs.ErrNotExist) {
		had := m.line > 0
		*m = metrics{}
		return had, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if !m.goesOn(f, size) {
		*m = metrics{}
	}
	if size == m.read {
		return false, nil
	}
	before := m.line
	if _, err := f.Seek(m.read, io.SeekStart); err != nil {
		return false, err
	}
	err = m.lines(io.LimitReader(f, size-m.read), path)
	return m.line > before, err
}

// goesOn reports whether the file still begins with what was read.
func (m *metrics) goesOn(f io.ReaderAt, size int64) bool {
	if size < m.read {
		return false
	}
	now := make([]byte, len(m.tail))
	_, err := f.ReadAt(now, m.read-int64(len(now)))
	return err == nil && bytes.Equal(now, m.tail)
}

// lines reads whole lines.
func (m *metrics) lines(r io.Reader, path string) error {
	buffer := make([]byte, 0, 1<<16)
	for {
		n, err := r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		rest := buffer
		for {
			line, after, whole := bytes.Cut(rest, []byte("\n"))
			if !whole {
				break
			}
			m.take(line, path)
			m.tail = append(m.tail[:0], rest[max(0, len(line)+1-tailBytes):len(line)+1]...)
			m.read += int64(len(line)) + 1
			rest = after
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(rest) > maxLineBytes {
			return fmt.Errorf("%s: line %d: found more than %d bytes without an end", path, m.line+1, maxLineBytes)
		}
		if free := cap(buffer) - len(rest); free < cap(buffer)/2 {
			buffer = append(make([]byte, 0, 2*cap(buffer)), rest...)
		} else {
			buffer = append(buffer[:0], rest...)
		}
	}
}

// take reads a line. A damaged one is counted.
func (m *metrics) take(line []byte, path string) {
	m.line++
	if step, fields, ok := quickStep(line); ok {
		m.steps.add(step, fields)
		return
	}
	if err := m.takeSlowly(line); err != nil {
		if m.damaged++; m.damaged == 1 {
			m.damage = fmt.Sprintf("%s: line %d is damaged, and passed over: %v", path, m.line, err)
		}
	}
}

func (m *metrics) takeSlowly(line []byte) error {
	of, err := train.ParseMetrics(line)
	if err != nil {
		return err
	}
	if of.Step > math.MaxInt32 {
		return fmt.Errorf("field %q: found %d, expected at most %d", "step", of.Step, math.MaxInt32)
	}
	tree := map[string]any{}
	if err := json.Unmarshal(line, &tree); err != nil {
		return err
	}
	fields := numbers(tree, "")
	for _, name := range inner {
		if object, ok := tree[name].(map[string]any); ok {
			fields = append(fields, numbers(object, name+".")...)
		}
	}
	if len(fields) > maxColumns {
		fields = fields[:maxColumns]
	}
	if of.Kind == "step" {
		m.steps.add(of.Step, fields)
		return nil
	}
	m.forget(of.Step)
	m.epochs.add(of.Step, fields)
	epoch, _ := tree["epoch"].(float64)
	if values, ok := tree["spectrum"].([]any); ok {
		m.spectra = append(m.spectra, spectrum{of.Step, epoch, finite(values)})
		m.fewerSpectra()
	}
	if text, ok := tree["warning"].(string); ok && text != "" && len(m.warnings) < maxNotes {
		m.warnings = append(m.warnings, warning{of.Step, epoch, printable.Text(text)})
	}
	return nil
}

// forget takes what was said of a step and later ones away: the run was resumed.
func (m *metrics) forget(step int) {
	m.spectra = slices.DeleteFunc(m.spectra, func(s spectrum) bool { return s.step >= step })
	m.warnings = slices.DeleteFunc(m.warnings, func(w warning) bool { return w.step >= step })
}

// keptSpectra is how many spectra are kept of a run.
const keptSpectra = 8

// fewerSpectra keeps the first and the last spectrum and of those between the ones whose
// absence would leave the largest gap.
func (m *metrics) fewerSpectra() {
	s := m.spectra
	if len(s) <= keptSpectra {
		return
	}
	least := 1
	for i := 1; i < len(s)-1; i++ {
		if s[i+1].step-s[i-1].step < s[least+1].step-s[least-1].step {
			least = i
		}
	}
	m.spectra = slices.Delete(s, least, least+1)
}

// inner are the objects in a step's line; their names and a dot stand before those of the
// numbers in them.
var inner = []string{"terms", "schedules"}

// numbers returns the numbers among an object's values, in the order of their names.
func numbers(tree map[string]any, prefix string) []field {
	var fields []field
	for name, v := range tree {
		switch v := v.(type) {
		case float64:
			fields = append(fields, field{prefix + printable.Text(name), v})
		case nil:
			fields = append(fields, field{prefix + printable.Text(name), math.NaN()})
		}
	}
	slices.SortFunc(fields, func(a, b field) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return slices.DeleteFunc(fields, func(f field) bool { return f.name == "step" })
}

func finite(list []any) []float64 {
	var values []float64
	for _, v := range list[:min(len(list), maxSpectrum)] {
		if f, ok := v.(float64); ok {
			values = append(values, f)
		}
	}
	return values
}

// bytes is about how much memory the metrics take.
func (m *metrics) bytes() int {
	n := m.steps.bytes() + m.epochs.bytes()
	for _, s := range m.spectra {
		n += 8 * len(s.Values)
	}
	return n
}

// quickStep reads a line about a step as the trainer writes it, which most lines are: in
// some 300 ns, where strictness takes ten times as long. Another line is not ok, and is
// read slowly.
func quickStep(line []byte) (step int, fields []field, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"kind":"step","step":`))
	if !ok {
		return 0, nil, false
	}
	end := bytes.IndexByte(rest, ',')
	if end < 1 || end > 9 {
		return 0, nil, false
	}
	step, err := strconv.Atoi(string(rest[:end]))
	if err != nil || step < 0 || rest[0] == '+' || rest[0] == '0' && end > 1 {
		return 0, nil, false
	}
	fields = make([]field, 0, 8)
	rest, prefix, seen := rest[end:], "", [2]bool{}
	for {
		switch {
		case len(rest) == 1 && rest[0] == '}' && prefix == "":
			return step, fields, distinct(fields)
		case len(rest) > 1 && rest[0] == '}' && prefix != "":
			rest, prefix = rest[1:], ""
			continue
		case len(rest) > 1 && rest[0] == ',':
			rest = rest[1:]
		case len(fields) > 0 && len(rest) > 0 && rest[0] == '"' && prefix != "": // the first term
		default:
			return 0, nil, false
		}
		name, after, ok := plainName(rest)
		if !ok || len(after) < 2 || name == "step" || name == "kind" || len(fields) == maxColumns {
			return 0, nil, false
		}
		if i := slices.Index(inner, name); i >= 0 && prefix == "" {
			if seen[i] || after[0] != '{' || after[1] != '"' {
				return 0, nil, false
			}
			rest, prefix, seen[i] = after[1:], name+".", true
			continue
		}
		end := bytes.IndexAny(after, ",}")
		if end < 1 {
			return 0, nil, false
		}
		value, err := number(after[:end])
		if err != nil {
			return 0, nil, false
		}
		fields = append(fields, field{prefix + name, value})
		rest = after[end:]
	}
}

// distinct reports whether no name stands twice.
func distinct(fields []field) bool {
	for i, f := range fields {
		for _, g := range fields[:i] {
			if f.name == g.name {
				return false
			}
		}
	}
	return true
}

// plainName reads a name of small letters, digits and underscores, and its colon.
func plainName(text []byte) (name string, rest []byte, ok bool) {
	if len(text) < 4 || text[0] != '"' {
		return "", nil, false
	}
	end := 1
	for end < len(text) && (text[end] >= 'a' && text[end] <= 'z' || text[end] >= '0' && text[end] <= '9' || text[end] == '_') {
		end++
	}
	if end < 2 || end+2 > len(text) || text[end] != '"' || text[end+1] != ':' {
		return "", nil, false
	}
	return string(text[1:end]), text[end+2:], true
}

var errNumber = errors.New("no number of JSON")

// number reads a number of JSON, NaN for null.
func number(text []byte) (float64, error) {
	if string(text) == "null" {
		return math.NaN(), nil
	}
	if !isNumber(text) {
		return 0, errNumber
	}
	return strconv.ParseFloat(string(text), 64)
}

// isNumber reports whether a text is a number as RFC 8259 has them.
func isNumber(text []byte) bool {
	digits := func() (n int) {
		for len(text) > 0 && text[0] >= '0' && text[0] <= '9' {
			text, n = text[1:], n+1
		}
		return n
	}
	text = bytes.TrimPrefix(text, []byte("-"))
	zero := len(text) > 0 && text[0] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if len(text) > 0 && text[0] == '.' {
		text = text[1:]
		if digits() == 0 {
			return false
		}
	}
	if len(text) > 0 && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return len(text) == 0
}

// quoted returns a string as JSON, in which nothing ends a script of HTML.
func quoted(s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has no error
	}
	return text
}
