package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// sample is a report of five cases: three pass, one fails and one is unsupported.
func sample() *Report {
	r := &Report{Profile: golden.F32, Expected: 5}
	entry := func(name, op string) golden.Entry { return golden.Entry{File: name + golden.Extension, Op: op} }
	r.Add(entry("one", "double"), Pass, "", []golden.Deviation{{Tensor: "out/y", Index: []int{1}, Error: 3e-6, Limit: 4e-6}})
	r.Add(entry("deep/two", "double"), Pass, "", []golden.Deviation{{Tensor: "out/y"}})
	r.Add(entry("three", "double"), WrongShape, "grad/x: found shape [], expected [2]", []golden.Deviation{{Tensor: "grad/x"}})
	r.Add(entry("other", "treble"), Unsupported, "treble: operation is not supported", nil)
	r.Add(entry("reject/double", "double"), Pass, "", nil)
	return r
}

func TestTable(t *testing.T) {
	var table bytes.Buffer
	require.NoError(t, sample().WriteTable(&table))
	require.Equal(t, `op      cases        worst error  verdict      where
double  4            0.75         wrong shape  one out/y
treble  0 (lacks 1)  -            lacks        -
three: wrong shape: grad/x: found shape [], expected [2]
3 passed, 1 failed, 1 lacking of 5 cases; errors are in units of their f32 tolerance
`, table.String())
}

// TestJSON: the fields that others read.
func TestJSON(t *testing.T) {
	text, err := json.Marshal(sample())
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, []any{"f32", 5.0, 3.0, 1.0, 1.0}, []any{back["profile"], back["expected"], back["passed"], back["failed"], back["lacking"]})
	require.Equal(t, "lacks", back["ops"].([]any)[1].(map[string]any)["verdict"])
}

func TestJUnit(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, sample().WriteJUnit(&text))
	var suites junitSuites
	require.NoError(t, xml.Unmarshal(text.Bytes(), &suites))
	require.Equal(t, []int{5, 1, 1}, []int{suites.Tests, suites.Failures, suites.Skipped})
	require.Equal(t, "grad/x: found shape [], expected [2]", suites.Suites[0].Cases[2].Failure.Message)
}
