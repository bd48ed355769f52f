package report

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestBadge: its color is red for what fails, also where nothing was run.
func TestBadge(t *testing.T) {
	for _, tc := range []struct {
		outcomes []Outcome // of cases of operations of their own
		want     string
	}{
		{nil, `"message":"0 of 0 operations","color":"red"`},
		{[]Outcome{{Verdict: Unsupported}}, `"message":"0 of 0 operations","color":"red"`},
		{[]Outcome{{Verdict: Pass}, {Verdict: Unsupported}}, `"message":"1 of 1 operations","color":"brightgreen"`},
		{[]Outcome{{Verdict: Pass}, {Verdict: Mismatch, Excused: "no eps yet"}}, `"message":"1 of 2 operations","color":"yellow"`},
		{[]Outcome{{Verdict: Pass}, {Verdict: Crash}}, `"message":"1 of 2 operations","color":"red"`},
	} {
		r := &Report{Profile: golden.F32, Expected: len(tc.outcomes)}
		for i, o := range tc.outcomes {
			name := string(rune('a' + i))
			r.Add(golden.Entry{File: name + golden.Extension, Op: name}, o)
		}
		var text bytes.Buffer
		require.NoError(t, r.WriteBadge(&text))
		require.Equal(t, `{"schemaVersion":1,"label":"golden f32",`+tc.want+"}\n", text.String())
	}
}
