package check

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestOrphansAreFound: what a command starts in a session of its own ends with the check,
// also when that is canceled.
func TestOrphansAreFound(t *testing.T) {
	for _, kind := range []string{"leaves child", "hang with child"} {
		pid := filepath.Join(t.TempDir(), "pid")
		t.Setenv("ENTREC_TEST_CHILD", pid)
		t.Setenv("ENTREC_TEST_SETSID", "1")
		m := command(t, kind, true)
		m.Alone, m.Timeout = true, time.Second
		s := suiteOf(doubled("one", 1, 2))
		_, err := Run(context.Background(), s, m, Options{Profile: golden.F32})
		for err == nil && !started(pid) && m.Timeout < time.Minute { // it was killed before it had a child
			m.Timeout *= 4
			_, err = Run(context.Background(), s, m, Options{Profile: golden.F32})
		}
		require.NoError(t, err)
		content, err := os.ReadFile(pid)
		require.NoError(t, err)
		require.False(t, running(t, string(content)))
		require.Empty(t, descendants())
	}
}
