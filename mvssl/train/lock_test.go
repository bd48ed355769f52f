package train_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/lock"
	"entrec/mvssl/train"
)

// TestLocked: while a run trains in a folder, no other does, and its files stay.
func TestLocked(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := t.TempDir()
	tried := false
	summary, err := train.Run(context.Background(), c, s, train.Options{Out: out, Now: often(), Report: func(e train.Event) {
		if e.Step != 9 || tried {
			return
		}
		tried = true
		before, err := os.ReadFile(filepath.Join(out, train.CheckpointFile))
		require.NoError(t, err)
		for _, o := range []train.Options{{Out: out}, {Out: out, Resume: true}, {Out: out, Overwrite: true}} {
			_, err := train.Run(context.Background(), c, s, o)
			var held *lock.Held
			require.ErrorAs(t, err, &held)
			require.Equal(t, os.Getpid(), held.Process)
			require.NotContains(t, err.Error(), "\n")
		}
		after, err := os.ReadFile(filepath.Join(out, train.CheckpointFile))
		require.NoError(t, err)
		require.Equal(t, before, after)
	}})
	require.NoError(t, err)
	require.True(t, tried)
	require.NoFileExists(t, filepath.Join(out, "lock.json"))
	require.Equal(t, whole(t, c, s), result(t, summary, out))
}

// TestLostLock: a run whose folder was taken over writes no checkpoint there.
func TestLostLock(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := t.TempDir()
	_, err := train.Run(context.Background(), c, s, train.Options{Out: out, Now: often(), Report: func(e train.Event) {
		if e.Step == 3 {
			require.NoError(t, os.Remove(filepath.Join(out, "lock.json")))
		}
	}})
	var lost *lock.Lost
	require.ErrorAs(t, err, &lost)
	require.NoFileExists(t, filepath.Join(out, train.SummaryFile))
}
