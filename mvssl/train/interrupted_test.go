package train_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// TestInterruptedAnywhere interrupts runs at each step and in each phase: during the
// evaluation of the untrained encoder, the preparation of an epoch, steps, diagnostics,
// and the probe at the end. Each ends with the cause alone, leaves no lock, and goes on
// to the same bits; one that had made all its steps makes none when it goes on.
func TestInterruptedAnywhere(t *testing.T) {
	s := split()
	why := errors.New("enough")
	for _, c := range []train.Config{
		config(t, "simclr", s, "epochs", "1", "report.bag", "2"),
		config(t, "simclr-er", s, "epochs", "1"),
		config(t, "deepcluster", s, "epochs", "2", "model.prototypes", "4", "batch", "30"),
		config(t, "deepcluster", s, "epochs", "2", "model.prototypes", "4", "batch", "30", "model.variant", "v2"),
	} {
		type moment struct {
			phase string
			step  int
		}
		phases, reports, first := map[string]bool{}, 0, map[moment]int{}
		out := t.TempDir()
		summary, err := train.Run(t.Context(), c, s, train.Options{Out: out, Report: func(e train.Event) {
			phases[e.Phase] = true
			reports++
			if at := (moment{e.Phase, e.Step}); first[at] == 0 {
				first[at] = reports
			}
		}})
		require.NoError(t, err)
		want := result(t, summary, out)
		expected := []string{"", "first step", "images through the network", "nearest neighbors", "linear probe", "diagnostics"}
		if c.Report.Bag > 0 {
			expected = append(expected, "crops through the network")
		}
		if c.Model.Method == "deepcluster" {
			expected = append(expected, "preparing epoch 1", "preparing epoch 2")
		}
		for _, phase := range expected {
			require.True(t, phases[phase], "%s: %q was not reported", c.Model.Method, phase)
		}
		idle := 0
		for _, n := range first {
			ctx, cancel := context.WithCancelCause(t.Context())
			out, seen := t.TempDir(), 0
			var last train.Event
			_, err := train.Run(ctx, c, s, train.Options{Out: out, Report: func(e train.Event) {
				if seen++; seen == n {
					last = e
					cancel(why)
				}
			}})
			require.ErrorIs(t, err, why)
			if errors.Is(err, train.ErrNoProgress) { // while the untrained encoder was evaluated
				require.Zero(t, last.Step)
				require.Contains(t, []string{"images through the network", "nearest neighbors"}, last.Phase)
				idle++
			} else {
				require.Equal(t, why, err)
			}
			require.NoFileExists(t, filepath.Join(out, "lock.json"))
			require.NoFileExists(t, filepath.Join(out, train.SummaryFile))
			again := last.Step
			phases := map[string]bool{}
			summary, err = train.Run(t.Context(), c, s, train.Options{Out: out, Resume: true, Report: func(e train.Event) {
				phases[e.Phase] = true
				if e.Phase == "" && e.Metrics == nil {
					again = e.Step
					require.NotEqual(t, last.Steps, last.Step, "a step was made again")
				}
			}})
			require.NoError(t, err)
			if last.Phase == "linear probe" {
				require.False(t, phases["nearest neighbors"], "what was measured was measured again")
			}
			require.Equal(t, want, result(t, summary, out), "%s, at report %d: %+v, then step %d", c.Model.Method, n, last, again)
		}
		require.Positive(t, idle)
	}
}

// TestEnded: what is to be done at the end of a run is done while its folder is held,
// and its error is the run's.
func TestEnded(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "epochs", "1")
	out := t.TempDir()
	why := errors.New("no figures")
	_, err := train.Run(t.Context(), c, s, train.Options{Out: out, Ended: func(summary train.Summary) error {
		require.Equal(t, 7, summary.Steps)
		require.FileExists(t, filepath.Join(out, train.SummaryFile))
		_, err := os.Stat(filepath.Join(out, "lock.json"))
		require.NoError(t, err)
		return why
	}})
	require.Equal(t, why.Error(), err.Error())
	require.NoFileExists(t, filepath.Join(out, "lock.json"))
}

// TestAdvanced: a checkpoint that has more than the run began with is told of, that of a run
// which came to nothing is not.
func TestAdvanced(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "epochs", "1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, resume := range []bool{false, true} {
		out, told := t.TempDir(), 0
		advanced := func() error {
			require.FileExists(t, filepath.Join(out, train.CheckpointFile))
			require.FileExists(t, filepath.Join(out, "lock.json"))
			told++
			return nil
		}
		if resume {
			_, err := train.Run(t.Context(), c, s, train.Options{Out: out, Advanced: advanced})
			require.NoError(t, err)
			require.Equal(t, 1, told)
			require.NoError(t, os.Remove(filepath.Join(out, train.SummaryFile)))
			told = 0
		}
		_, err := train.Run(ctx, c, s, train.Options{Out: out, Resume: true, Advanced: advanced})
		if !resume {
			require.ErrorIs(t, err, train.ErrNoProgress)
			require.FileExists(t, filepath.Join(out, train.CheckpointFile))
		}
		require.Zero(t, told)
	}
}

// TestLastLineAgain: a run that had ended makes the line about its last epoch again where
// that was lost, to the same bits.
func TestLastLineAgain(t *testing.T) {
	s := split()
	for _, sets := range [][]string{{"epochs", "2"}, {"steps", "10", "report.eval_every", "2"}} {
		c := config(t, "simclr-er", s, sets...)
		out := t.TempDir()
		_, err := train.Run(t.Context(), c, s, train.Options{Out: out})
		require.NoError(t, err)
		path := filepath.Join(out, train.MetricsFile)
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, cut := range []int{1, 100} {
			require.NoError(t, os.Truncate(path, int64(len(whole)-cut)))
			resumed(t, c, s, out)
			again, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(whole), string(again))
		}
	}
}
