package train

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Lines of metrics.jsonl.
const (
	one   = `{"kind":"step","step":1}` + "\n"
	two   = `{"kind":"epoch","step":2}` + "\n"
	three = `{"kind":"step","step":3}` + "\n"
)

// TestMetricsLog opens files that end in the middle of a line, or in lines about
// steps after the checkpoint, or with lines that are damaged or missing.
func TestMetricsLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	count := func(n int) *int { return &n }
	for _, test := range []struct {
		old     string
		step    int
		had     *int
		kept    string
		warning string
	}{
		{"", -1, nil, "", ""},
		{one + two + three, -1, nil, "", ""},
		{one + two + three, 0, count(0), "", ""},
		{one + two + three, 1, count(1), one, ""},
		{one + two + three, 2, nil, one + two, ""},
		{one + two + three, 9, count(3), one + two + three, ""},
		{one + two + three[:9], 9, count(2), one + two, ""},
		{one + two, 1, nil, one, ""},
		// Damage costs the line that it is in.
		{one + "rubbish\n" + three, 9, count(3), one + three, "line 2 is damaged, and left out: at byte "},
		{one + "\x00\x00\x00\n" + three, 9, nil, one + three, "line 2 is damaged"},
		{"\x00" + one + two + three, 9, nil, two + three, "line 1 is damaged"},
		{one + "\n{}\n" + three, 9, nil, one + three, "2 lines are damaged, and left out, the first line 2: at byte 0: found the end"},
		{one + `{"kind":"step","step":2,"step":2}` + "\n" + three, 9, nil, one + three, `line 2 is damaged, and left out: found key "step" twice`},
		{one + `{"kind":"step","Step":2}` + "\n" + three, 9, nil, one + three, `found key "Step", expected "step"`},
		{one + `{"kind":"step","step":-2}` + "\n" + three, 9, nil, one + three, `field "step": found -2`},
		{one + `{"kind":"steq","step":2}` + "\n" + three, 9, nil, one + three, `field "kind": found "steq", expected step or epoch`},
		// A number that became a large one costs the line alone, and is missed.
		{one + `{"kind":"step","step":9002}` + "\n" + three, 9, count(3), one + three, "1 of the 3 lines up to step 9 are missing"},
		{one + three, 9, count(5), one + three, "3 of the 5 lines up to step 9 are missing"},
		{one, 9, count(2), one, "1 of the 2 lines up to step 9 are missing"},
		{one + "rubbish\n", 9, count(2), one, "line 2 is damaged"},
		{one + "rubbish\nrubbish\n", 9, count(2), one, "line 2 is damaged"},
		{one + "rubbish\n", 9, count(1), one, ""}, // after the checkpoint
		{one + "rubbish\n", 9, nil, one, ""},
		{"", 9, count(2), "", "2 of the 2 lines up to step 9 are missing"},
		{one + "rubbish\n" + three, 9, count(4), one + three, "; 1 of the 4 lines up to step 9 are missing"},
	} {
		require.NoError(t, os.WriteFile(path, []byte(test.old), 0o644))
		log, warning, err := openMetrics(path, test.step, test.step, test.had)
		require.NoError(t, err)
		if test.warning == "" {
			require.Empty(t, warning)
		} else {
			require.Contains(t, warning, path+": ")
			require.Contains(t, warning, test.warning)
			require.NotContains(t, warning, "\n")
		}
		require.Equal(t, strings.Count(test.kept, "\n"), log.lines)
		require.NoError(t, log.write(StepMetrics{Kind: "step", Step: 4}))
		require.NoError(t, log.close())
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		rest, ok := strings.CutPrefix(string(text), test.kept)
		require.True(t, ok, "%q", text)
		require.True(t, strings.HasPrefix(rest, `{"kind":"step","step":4,`), "%q", rest)
		require.Equal(t, 1, strings.Count(rest, "\n"))
	}
}

// FuzzOpenMetrics: whatever a file holds, it is opened; what is kept are lines of it that
// can be read, in their order, up to the checkpoint; and a file that was opened once is
// opened again without a warning.
func FuzzOpenMetrics(f *testing.F) {
	for _, text := range []string{"", one + two + three, one + "\x00\n" + three, one + "{\n" + two[:9], "\n\n", `{"kind":"step","step":1e9}` + "\n" + one, strings.Repeat("[", 2000) + "\n" + one} {
		f.Add([]byte(text), 2, 2, 2)
		f.Add([]byte(text), 9, -1, -1)
	}
	f.Fuzz(func(t *testing.T, text []byte, step, reported, had int) {
		path := filepath.Join(t.TempDir(), "metrics.jsonl")
		require.NoError(t, os.WriteFile(path, text, 0o644))
		owed := &had
		if had < 0 {
			owed = nil
		}
		log, warning, err := openMetrics(path, step, reported, owed)
		require.NoError(t, err)
		require.NoError(t, log.close())
		require.NotContains(t, warning, "\n")
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		rest := text
		for line := range bytes.Lines(kept) {
			at, err := ParseMetrics(bytes.TrimSuffix(line, []byte("\n")))
			require.NoError(t, err)
			require.LessOrEqual(t, at.Step, step)
			found := bytes.Index(rest, line)
			require.GreaterOrEqual(t, found, 0)
			rest = rest[found+len(line):]
		}
		again, warning, err := openMetrics(path, step, reported, &log.lines)
		require.NoError(t, err)
		require.NoError(t, again.close())
		require.Empty(t, warning)
		require.Equal(t, log.lines, again.lines)
	})
}
