package rows

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"entrec/internal/files"
	"entrec/internal/printable"
)

// readCSV reads numbers with commas between. A first line without any number is a header. The
// key is the name of one column in it; "" are all columns.
func readCSV(path, key string) (a array, err error) {
	text, err := files.Read(path, MaxFile)
	if err != nil {
		return a, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.TrimLeadingSpace, r.ReuseRecord = true, true
	only := -1
	for line := 1; ; line++ {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return a, fmt.Errorf("%s: %w", path, err)
		}
		if line == 1 {
			header := isHeader(record)
			if only, err = column(path, key, header, record); err != nil {
				return a, err
			}
			a.shape = []int{0, len(record)}
			if only >= 0 {
				a.shape[1] = 1
			}
			if header {
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
	if a.shape == nil {
		return a, fmt.Errorf("%s: found no line, expected rows of numbers", path)
	}
	return a, nil
}

// isHeader reports whether no field is a number.
func isHeader(record []string) bool {
	for _, field := range record {
		if _, err := strconv.ParseFloat(strings.TrimSpace(field), 64); err == nil {
			return false
		}
	}
	return true
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
