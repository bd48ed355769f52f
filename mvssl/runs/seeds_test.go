package runs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/train"
)

// TestRepeats: a run that repeats another is counted once, by the one that got furthest,
// whatever the folder, the reports and the name of the data.
func TestRepeats(t *testing.T) {
	run := func(steps int, ended bool, sets ...string) *History {
		h := &History{Config: runtest.Config(t, "simclr", runtest.Split(), sets...), Steps: []train.StepMetrics{{Step: steps}}}
		h.Config.DataSHA256 = "12"
		if ended {
			h.Summary = &train.Summary{}
		}
		return h
	}
	moved := run(7, true, "report.log_every", "1")
	moved.Config.Data = "elsewhere"
	for name, c := range map[string]struct {
		runs []*History
		want []int
	}{
		"none":                 {nil, []int{}},
		"two seeds":            {[]*History{run(7, true, "seed", "0"), run(7, true, "seed", "1")}, []int{0, 1}},
		"the same twice":       {[]*History{run(7, true), run(7, true, "seed", "1"), run(7, true)}, []int{0, 1, 0}},
		"another batch":        {[]*History{run(7, true), run(7, true, "batch", "10")}, []int{0, 1}},
		"the one that ended":   {[]*History{run(9, false), run(7, true)}, []int{1, 1}},
		"the one further":      {[]*History{run(3, false), run(5, false), run(4, false)}, []int{1, 1, 1}},
		"data by their digest": {[]*History{run(7, true), moved}, []int{0, 0}},
	} {
		require.Equal(t, c.want, Repeats(c.runs), name)
	}
}
