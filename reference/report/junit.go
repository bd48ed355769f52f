package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"entrec/internal/printable"
	"entrec/reference/golden"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     float64      `xml:"time,attr"` // seconds
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Assertions int             `xml:"assertions,attr"` // tensors compared
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class      string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	Assertions int             `xml:"assertions,attr"`
	Time       float64         `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Failure    *junitMessage   `xml:"failure"`
	Skipped    *junitMessage   `xml:"skipped"`
	Stderr     string          `xml:"system-err,omitempty"`
}

type junitMessage struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"` // all flaws and what they look like, a line each
}

// WriteJUnit writes the report as JUnit XML, with a test suite for each operation and a
// test case for each case. Cases of unsupported operations are skipped. Assertions are
// the tensors that were compared; how many were not is the property "not compared".
func (r *Report) WriteJUnit(w io.Writer) error {
	all := junitSuites{Name: "entrec golden " + string(r.Profile), Tests: len(r.Results), Failures: r.Failed, Skipped: r.Unsupported + r.Excused, Time: r.Seconds}
	for _, op := range r.Ops {
		s := junitSuite{Name: printable.Text(op.Op), Assertions: op.Tensors.Compared, Properties: notCompared(op.Tensors.NotCompared)}
		for _, res := range r.Results {
			if res.Op != op.Op {
				continue
			}
			c := junitCase{Class: "golden." + printable.Text(op.Op), Name: printable.Text(res.Case),
				Assertions: len(res.Tensors), Time: res.Seconds, Properties: append(notCompared(len(res.NotCompared)), measured(res)...)}
			s.Tests++
			for _, line := range res.Stderr {
				c.Stderr += printable.Text(line) + "\n"
			}
			switch {
			case res.Verdict == Unsupported:
				s.Skipped++
				c.Skipped = &junitMessage{Message: printable.Text(res.Why)}
			case res.Verdict.Failure() && res.Excused != "":
				s.Skipped++
				c.Skipped = &junitMessage{Message: printable.Text(fmt.Sprintf("expected failure (%s): %s", res.Excused, res.Why))}
			case res.Verdict.Failure():
				s.Failures++
				c.Failure = &junitMessage{Type: string(res.Verdict), Message: printable.Text(res.Why), Text: res.flaws()}
			}
			s.Cases = append(s.Cases, c)
		}
		all.Suites = append(all.Suites, s)
	}
	if n := len(r.LeftOut); n > 0 {
		s := junitSuite{Name: "left out by profile " + string(r.Profile), Tests: n, Skipped: n}
		for _, name := range r.LeftOut {
			s.Cases = append(s.Cases, junitCase{Class: "golden", Name: printable.Text(name), Skipped: &junitMessage{Message: "the profile compares nothing of it"}})
		}
		all.Tests, all.Skipped, all.Suites = all.Tests+n, all.Skipped+n, append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// notCompared is the property of that name, none where it is 0.
func notCompared(n int) []junitProperty {
	if n == 0 {
		return nil
	}
	return []junitProperty{{"not compared", strconv.Itoa(n)}}
}

// measured are the properties of a case whose tensors were compared.
func measured(res Result) []junitProperty {
	if len(res.Tensors) == 0 {
		return nil
	}
	return []junitProperty{{"worst error in tolerances", strconv.FormatFloat(float64(res.Worst), 'g', 3, 64)}}
}

// flaws has a line for each flaw of an answer's tensors, and for what it looks like.
func (r Result) flaws() string {
	var lines []string
	for _, t := range r.Tensors {
		if t.Flaw != golden.NoFlaw {
			lines = append(lines, printable.Text(t.Detail))
		}
	}
	for _, line := range r.Diagnosis {
		lines = append(lines, printable.Text(line))
	}
	if r.LooksLike != "" {
		lines = append(lines, "looks like: "+printable.Text(r.LooksLike))
	}
	return strings.Join(lines, "\n")
}
