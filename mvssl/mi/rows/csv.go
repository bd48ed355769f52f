package rows

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"entrec/internal/files"
	"entrec/internal/printable"
)

// readCSV reads numbers with commas between. The key is the name of one column in the header;
// "" are all columns, but for one without a name that counts the rows from 0.
func readCSV(path, key string) (a array, err error) {
	text, err := files.Read(path, MaxFile)
	if err != nil {
		return a, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.TrimLeadingSpace, r.ReuseRecord = true, true
	r.FieldsPerRecord = -1 // which is counted below
	only, fields, unnamed := -1, 0, false
	for first := true; ; first = false {
		record, err := r.Read()
		var bad *csv.ParseError
		switch {
		case err == io.EOF:
			if err := a.checkLines(path); err != nil || !unnamed {
				return a, err
			}
			return a.withoutIndex(path)
		case errors.As(err, &bad):
			return a, fmt.Errorf("%s: found %w in line %d, column %d, expected numbers with commas between", path, bad.Err, bad.Line, bad.Column)
		case err != nil:
			return a, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		if !first && len(record) != fields {
			return a, fmt.Errorf("%s: found %d fields in line %d, expected %d as in the first", path, len(record), line, fields)
		}
		if first {
			fields = len(record)
			header := isHeader(record, key)
			if only, err = column(path, key, header, record); err != nil {
				return a, err
			}
			a.shape = []int{0, len(record)}
			if only >= 0 {
				a.shape[1] = 1
			}
			if header {
				unnamed = key == "" && len(record) > 1 && strings.TrimSpace(record[0]) == ""
				continue
			}
		}
		for j, field := range record {
			if only >= 0 && j != only {
				continue
			}
			v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
			if err != nil && v == 0 {
				return a, fmt.Errorf("%s: found %s in line %d, column %d, expected a number", path, printable.Word(field), line, j+1)
			}
			a.values = append(a.values, v)
		}
		a.shape[0]++
	}
}

// withoutIndex returns the columns behind a first one that has no name and counts the rows from
// 0, as pandas writes its index, with a note of it. Any other column without a name is refused:
// the index of rows that were chosen or shuffled looks like data.
func (a array) withoutIndex(path string) (array, error) {
	n, d := a.shape[0], a.shape[1]
	out := array{shape: []int{n, d - 1}, note: fmt.Sprintf("%s: column 1 has no name and counts the rows: it is left out", path)}
	for i := range n {
		if a.values[i*d] != float64(i) {
			return a, fmt.Errorf("%s: found no name of column 1 in the header, expected one; an index is left out of a file by index=False", path)
		}
		out.values = append(out.values, a.values[i*d+1:(i+1)*d]...)
	}
	return out, nil
}

// checkLines reports a file without any.
func (a array) checkLines(path string) error {
	if a.shape == nil {
		return fmt.Errorf("%s: found no line, expected rows of numbers", path)
	}
	return nil
}

// isHeader reports whether a first line names the columns: a key is one of its fields, or no
// field is a number, or they are 0, 1, … of two columns or more, as pandas numbers them, which
// leaves the name of its index empty.
func isHeader(record []string, key string) bool {
	names, numbered, first := true, len(record) > 1, 0
	if numbered && strings.TrimSpace(record[0]) == "" {
		first = 1
	}
	for j, field := range record {
		field = strings.TrimSpace(field)
		if key != "" && field == key {
			return true
		}
		if _, err := strconv.ParseFloat(field, 64); err == nil {
			names = false
		}
		numbered = numbered && (j < first || field == strconv.Itoa(j-first))
	}
	return names || numbered
}

// column returns the place of a column of that name, -1 for all.
func column(path, key string, header bool, record []string) (int, error) {
	if key == "" {
		return -1, nil
	}
	if !header {
		return 0, fmt.Errorf("%s: found no header, expected one that names the column %s", path, printable.Word(key))
	}
	for j, name := range record {
		if strings.TrimSpace(name) == key {
			return j, nil
		}
	}
	return 0, fmt.Errorf("%s: found no column %s, expected one of the header's", path, printable.Word(key))
}
