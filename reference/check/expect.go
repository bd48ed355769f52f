package check

import (
	"fmt"
	"strings"
)

// Expectation says why cases are expected to fail.
type Expectation struct {
	Case   string // a glob, as in [Selection]
	Reason string
	Place  string // the file and line that say so, "" for neither
}

// ParseExpectations reads the content of a file of lines "GLOB REASON"; blank lines and those
// that begin with # are passed over. The error names the file and the line.
func ParseExpectations(file, content string) (all []Expectation, err error) {
	number := 0
	for line := range strings.Lines(content) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.IndexAny(line, " \t")
		if at < 0 {
			return nil, fmt.Errorf("%s:%d: found no reason for %q, expected a glob of cases and a reason", file, number, line)
		}
		all = append(all, Expectation{line[:at], strings.TrimSpace(line[at:]), fmt.Sprintf("%s:%d", file, number)})
	}
	return all, nil
}

// excuse returns the reason why a case is expected to fail, "" where it is not.
func (o Options) excuse(name string) string {
	for _, e := range o.Expect {
		if Fits(e.Case, name) {
			return e.Reason
		}
	}
	return ""
}
