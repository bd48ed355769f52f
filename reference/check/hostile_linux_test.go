package check

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/report"
)

// TestHostile: whatever a command does, each case has a verdict with one line, no process runs on
// and no file is left. $1 is the question, or the folder of them, $2 what is to be the answer.
func TestHostile(t *testing.T) {
	for _, program := range []string{"sh", "sleep", "seq", "xargs", "truncate", "head", "yes", "setsid"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: no program named %s", program)
		}
	}
	for name, tc := range map[string]struct {
		script  string
		verdict report.Verdict
		why     string
	}{
		"hangs":                   {"sleep 1000", report.Hang, "the command did not end within"},
		"forks":                   {"for i in $(seq 10); do sleep 1000 & setsid sleep 1000 & done", report.NoAnswer, "left no answer"},
		"forks and hangs":         {"sleep 1000 & setsid sleep 1000 & wait", report.Hang, "the command did not end within"},
		"stops itself":            {"kill -STOP $$", report.Hang, "the command did not end within"},
		"disk is full":            {"head -c 9 /dev/zero >/dev/full", report.Crash, "No space left on device"},
		"leaves a terabyte":       {`truncate -s 1T "$2/junk" 2>/dev/null || truncate -s 1T "$2"`, report.Malformed, "found 1099511627776 bytes, expected at most"},
		"deletes the question":    {`rm -rf "$1"`, report.NoAnswer, "left no answer"},
		"deletes all":             {`rm -rf "$(dirname "$1")"`, report.NoAnswer, "left no answer"},
		"a file for the folder":   {`rm -rf "$2"; echo x >"$2"`, report.Malformed, "answer: "},
		"a link for the folder":   {`rm -rf "$2"; ln -s "$1" "$2"`, report.Malformed, "answer: "},
		"prints on both":          {"head -c 2000000 /dev/zero; head -c 2000000 /dev/zero >&2; echo >&2; echo no kernel >&2; exit 1", report.Crash, "no kernel"},
		"one line without end":    {"head -c 2000000 /dev/zero | tr '\\0' x >&2; exit 1", report.Crash, "exit status 1: x"},
		"hundreds of files":       {`mkdir -p "$2"; cd "$2" && seq 200 | xargs touch`, report.Malformed, ""},
		"folders in folders":      {`mkdir -p "$2"; cd "$2" && for i in $(seq 20); do mkdir d && cd d || exit; done`, report.Malformed, ""},
		"takes the right to read": {`mkdir -p "$2/d/d"; chmod 000 "$2/d" "$2"`, report.Malformed, ""},
	} {
		for _, folder := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/folder=%v", name, folder), func(t *testing.T) {
				m := command(t, "good", folder)
				m.Args, m.Alone, m.Timeout = []string{"sh", "-c", tc.script, "sh"}, true, time.Minute
				m.Answered = func(int) {}
				if tc.verdict == report.Hang {
					m.Timeout = 50 * time.Millisecond
				}
				r, err := Run(t.Context(), suiteOf(doubled("a", 1, 2), doubled("deep/b", 2, 2), rejected()), m, Options{Profile: golden.F32})
				require.NoError(t, err)
				require.Error(t, r.Err())
				require.Len(t, r.Results, 3)
				for _, res := range r.Results[:2] {
					require.Equal(t, tc.verdict, res.Verdict, res.Why)
					require.Contains(t, res.Why, tc.why)
					require.NotContains(t, res.Why, "\n")
					require.Less(t, len(res.Why), 1000)
				}
				require.NotEqual(t, report.Pass, r.Results[2].Verdict, "%s: a refusal")
				require.Empty(t, descendants())
				leavesNothing(t)
			})
		}
	}
}

// TestHostileServers: the same of commands that serve.
func TestHostileServers(t *testing.T) {
	for _, program := range []string{"sh", "sleep", "yes", "setsid"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: no program named %s", program)
		}
	}
	for script, want := range map[string]struct {
		verdict report.Verdict
		why     string
	}{
		"sleep 1000 & setsid sleep 1000 & wait": {report.Hang, "the command did not end within"},
		"yes":                                   {report.Malformed, "found 121 for its first byte"},
		"yes >&2":                               {report.Hang, "the command did not end within"},
		"exec 0<&-; exec 1>&-; sleep 1000":      {report.Crash, "killed"},
		"exit 0":                                {report.NoAnswer, "left no answer"},
	} {
		m := command(t, "good", false)
		m.Args, m.Alone, m.Server, m.Timeout = []string{"sh", "-c", script}, true, true, time.Minute
		if want.verdict == report.Hang {
			m.Timeout = 50 * time.Millisecond
		}
		r, err := Run(t.Context(), suiteOf(doubled("a", 1, 2), rejected()), m, Options{Profile: golden.F32})
		require.NoError(t, err, script)
		require.Equal(t, want.verdict, r.Results[0].Verdict, "%s: %s", script, r.Results[0].Why)
		require.Contains(t, r.Results[0].Why, want.why, script)
		require.NotContains(t, r.Results[0].Why, "\n", script)
		require.NotEqual(t, report.Pass, r.Results[1].Verdict, script)
		require.Empty(t, descendants(), script)
		leavesNothing(t)
	}
}
