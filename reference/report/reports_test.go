package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// bad is a report with what a stranger's names and messages may hold.
func bad() *Report {
	r := sample()
	r.Backend = `<script>alert(1)</script> | _x_`
	r.Declared.Device, r.Declared.Versions = "an <b>abacus</b>", map[string]string{"wire": "2", "beads": "10"}
	r.Add(golden.Entry{File: "four.safetensors", Op: "double"}, Outcome{Verdict: Mismatch, Why: "out/y: found | 1, expected <b>2</b>\x1b[2J",
		Found:     []golden.Deviation{{Tensor: "out/y", Flaw: golden.Mismatch, Detail: "out/y: found 1, expected 2", Error: 1, Limit: 0.5}},
		Diagnosis: []string{"out/y: 2 of 2 elements are off, negated"}, LooksLike: "gradient's sign", Stderr: []string{"Error: <i>no</i>"}})
	return r
}

func TestMarkdown(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, bad().WriteMarkdown(&text))
	require.Contains(t, text.String(), "| double | 4 | 1 of 1 | 4 (1 not) | 2 | wrong shape | four out/y |")
	require.Contains(t, text.String(), "looks like: gradient's sign")
	require.Contains(t, text.String(), "an &lt;b>abacus&lt;/b>, beads 10, wire 2\n")
	require.NotContains(t, text.String(), "<b>")
	require.NotContains(t, text.String(), "<script")
	for line := range strings.Lines(text.String()) {
		if strings.HasPrefix(line, "|") {
			require.Equal(t, 8, strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), line)
		}
	}
}

func TestHTML(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, bad().WriteHTML(&text))
	page := text.String()
	for _, words := range []string{"gradient&#39;s sign", "2 of 2 elements are off, negated", "Error: &lt;i&gt;no", "class=\"over\"", `\x1b[2J`} {
		require.Contains(t, page, words)
	}
	for _, words := range []string{"<script", "<b>2", "<i>", "http://", "https://", "src=", "\x1b", "ZgotmplZ"} {
		require.NotContains(t, page, words)
	}
}

// TestExcused: failures that are expected fail nothing, and a pass in their place is told.
func TestExcused(t *testing.T) {
	r := &Report{Profile: golden.F32, Expected: 3}
	r.Add(golden.Entry{File: "a.safetensors", Op: "double"}, Outcome{Verdict: Mismatch, Why: "off", Excused: "no eps yet"})
	r.Add(golden.Entry{File: "b.safetensors", Op: "double"}, Outcome{Verdict: Pass, Excused: "no eps yet"})
	r.Add(golden.Entry{File: "c.safetensors", Op: "double"}, Outcome{Verdict: Pass})
	require.NoError(t, r.Err())
	require.Equal(t, []any{2, 0, 1, ExpectedFailure}, []any{r.Passed, r.Failed, r.Excused, r.Ops[0].Verdict})
	var table bytes.Buffer
	require.NoError(t, r.WriteTable(&table))
	require.Contains(t, table.String(), "a: mismatch, as expected (no eps yet): off\n")
	require.Contains(t, table.String(), "b passes, which was expected to fail (no eps yet)\n")
	require.Contains(t, table.String(), "2 passed, 0 failed, 1 failed as expected, 0 lacking of 3 cases")
	var junit bytes.Buffer
	require.NoError(t, r.WriteJUnit(&junit))
	require.Contains(t, junit.String(), `<skipped message="expected failure (no eps yet): off"`)
}

func TestSince(t *testing.T) {
	at := func(verdict Verdict, worst float64) *Report {
		r := &Report{Profile: golden.F32, Expected: 1}
		r.Add(golden.Entry{File: "a.safetensors", Op: "double"}, Outcome{Verdict: verdict, Why: "off", Found: []golden.Deviation{{Tensor: "out/y", Error: worst, Limit: 1}}})
		return r
	}
	for _, tc := range []struct {
		old, new *Report
		want     []string
	}{
		{at(Pass, 0.2), at(Pass, 0.3), []string{}},
		{at(Pass, 0.2), at(Pass, 0.5), []string{"error doubled: a: from 0.2 to 0.5 of its tolerance"}},
		{at(Pass, 0.001), at(Pass, 0.05), []string{}},
		{at(Pass, 0.2), at(Mismatch, 5), []string{"new failure: a: mismatch: off"}},
		{at(Mismatch, 5), at(Pass, 0.5), []string{"fixed: a, which was: mismatch"}},
		{at(Mismatch, 5), at(Mismatch, 50), []string{}},
		{at(Mismatch, 5), at(Unsupported, 0), []string{"lacking now: a, which was: mismatch"}},
		{at(Pass, 0.2), at(Unsupported, 0), []string{"lacking now: a, which was: pass"}},
		{at(Unsupported, 0), at(Unsupported, 0), []string{}},
		{&Report{Profile: golden.F32}, at(Mismatch, 50), []string{}},
	} {
		require.NoError(t, tc.new.Since(tc.old))
		require.Equal(t, tc.want, tc.new.Changes)
	}
	require.EqualError(t, at(Pass, 0).Since(&Report{Profile: golden.BF16}), "found a report of profile bf16, expected f32")
}
