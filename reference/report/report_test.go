package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"entrec/internal/strictjson"
	"entrec/reference/golden"
)

// sample is a report of five cases: three pass, one fails and one is unsupported.
func sample() *Report {
	r := &Report{Profile: golden.F32, Expected: 5}
	entry := func(name, op string) golden.Entry { return golden.Entry{File: name + golden.Extension, Op: op} }
	r.Add(entry("one", "double"), Outcome{Verdict: Pass, Why: "", Found: []golden.Deviation{{Tensor: "out/y", Index: []int{1}, Error: 3e-6, Limit: 4e-6}}})
	r.Add(entry("deep/two", "double"), Outcome{Verdict: Pass, Why: "", Found: []golden.Deviation{{Tensor: "out/y"}, {Tensor: "grad/x", Uncompared: true}}})
	r.Add(entry("three", "double"), Outcome{Verdict: WrongShape, Why: "grad/x: found shape [], expected [2]", Found: []golden.Deviation{{Tensor: "grad/x"}}})
	r.Add(entry("other", "treble"), Outcome{Verdict: Unsupported, Why: "treble: operation is not supported", Found: nil})
	refusal := entry("reject/double", "double")
	refusal.Reject = true
	r.Add(refusal, Outcome{Verdict: Pass})
	return r
}

func TestTable(t *testing.T) {
	var table bytes.Buffer
	require.NoError(t, sample().WriteTable(&table))
	require.Equal(t, `op      cases        refusals  tensors    worst error  verdict      where
double  3            1 of 1    3 (1 not)  0.75         wrong shape  one out/y
treble  0 (lacks 1)  -         0          -            lacks        -
three: wrong shape: grad/x: found shape [], expected [2]
3 passed, 1 failed, 1 lacking of 5 cases; 3 tensors compared, 1 not; errors are in units of their f32 tolerance
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
	require.Equal(t, map[string]any{"compared": 3.0, "not_compared": 1.0}, back["tensors"])
	require.Equal(t, []any{"grad/x"}, back["results"].([]any)[1].(map[string]any)["not_compared"])
	r := sample()
	r.Results[0].Worst, r.Results[1].Worst = Units(math.Inf(1)), Units(math.NaN())
	text, err = json.Marshal(r)
	require.NoError(t, err)
	var again Report
	require.NoError(t, strictjson.Unmarshal(text, &again))
	second, err := json.Marshal(&again)
	require.NoError(t, err)
	require.Equal(t, string(text), string(second))
}

func TestJUnit(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, sample().WriteJUnit(&text))
	var suites junitSuites
	require.NoError(t, xml.Unmarshal(text.Bytes(), &suites))
	require.Equal(t, []int{5, 1, 1}, []int{suites.Tests, suites.Failures, suites.Skipped})
	require.Equal(t, 3, suites.Suites[0].Assertions)
	require.Equal(t, []junitProperty{{"not compared", "1"}}, suites.Suites[0].Properties)
	require.Equal(t, []junitProperty{{"not compared", "1"}, {"worst error in tolerances", "0"}}, suites.Suites[0].Cases[1].Properties)
	require.Equal(t, "grad/x: found shape [], expected [2]", suites.Suites[0].Cases[2].Failure.Message)
}

// TestNothingDrivesATerminal: names of a manifest and messages of a backend are shown
// escaped.
func TestNothingDrivesATerminal(t *testing.T) {
	r := &Report{Profile: golden.F32, Expected: 1}
	r.Add(golden.Entry{File: "a\x1b[2J\u202e.safetensors", Op: "op\x07"}, Outcome{Verdict: Crash, Why: "says \u009b31m", Found: []golden.Deviation{{Tensor: "out/\x1b", Error: 1, Limit: 1}}})
	var table, junit bytes.Buffer
	require.NoError(t, r.WriteTable(&table))
	require.NoError(t, r.WriteJUnit(&junit))
	for _, text := range []string{table.String(), junit.String()} {
		require.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }), text)
		require.Contains(t, text, `a\x1b[2J\u202e`)
		require.Contains(t, text, `says \u009b31m`)
	}
}
