package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCourse: exercises are listed and graded, and what is solved is marked.
func TestCourse(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, home)
	}
	before := succeeds(t, "course")
	for line := range strings.Lines(before) {
		require.LessOrEqual(t, len([]rune(line)), helpWidth+1, line)
	}
	require.Contains(t, before, "   0.1  ")
	require.Contains(t, before, "\n0 of ")
	require.Equal(t, "0.1: right\n", succeeds(t, "course", "check", "0.1", "10"))
	require.Equal(t, "entrec: 0.2: not yet: that is one epoch", refuses(t, exitFailed, "course", "check", "0.2", "10"))
	require.Equal(t, "entrec: 4.2: not yet: the size is right, the sign is not", refuses(t, exitFailed, "course", "check", "4.2", "-6.238"))
	for _, args := range [][]string{{"6.1", "-2.99"}, {"6.1", "--", "-2.99"}, {"--", "6.1", "-2.99"}, {"6.1", "−2.99"}} {
		require.Equal(t, "6.1: right\n", succeeds(t, append([]string{"course", "check"}, args...)...))
	}
	require.Contains(t, refuses(t, exitUsage, "course", "check", "7", "1"), `exercise: found "7", expected a number that entrec course lists`)
	for _, args := range [][]string{{"0.1"}, {"0.1", "--"}, {"0.1", "--", "10", "10"}, {"0.1", "10", "10"}} {
		require.Contains(t, refuses(t, exitUsage, append([]string{"course", "check"}, args...)...), "2 arg(s)")
	}
	require.Contains(t, refuses(t, exitFailed, "course", "check", "2.6", filepath.Join(home, "none.go")), "none.go")
	after := succeeds(t, "course")
	require.Contains(t, after, " x 0.1  ")
	require.Contains(t, after, "\n2 of ")
	var kept string
	require.NoError(t, filepath.WalkDir(home, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "course.json" {
			kept = path
		}
		return err
	}))
	require.NoError(t, os.WriteFile(kept, []byte("{"), 0o600))
	require.Contains(t, refuses(t, exitFailed, "course"), kept)
}
