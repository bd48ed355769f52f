package mi

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGroups: estimators that one training serves say what each says alone, to the bit.
func TestGroups(t *testing.T) {
	var items []Item
	for _, i := range Items([]Part{Staircase}, 1, 8) {
		if i.Critic != Concatenated {
			items = append(items, i)
		}
	}
	groups := Groups(items)
	sizes := map[string]int{}
	for _, g := range groups {
		sizes[g[0].Name()] = len(g)
	}
	require.Equal(t, 4, sizes["steps js separable, seed 0"])
	require.Equal(t, 6, sizes["steps club normal, seed 0"])
	require.Equal(t, 1, sizes["steps infonce separable, seed 0"])
	require.Len(t, groups, len(items)-3-5)
	for _, g := range groups {
		if len(g) == 1 {
			continue
		}
		together, err := g.Run(context.Background(), nil)
		require.NoError(t, err)
		for n, i := range g {
			alone, err := Group{i}.Run(context.Background(), nil)
			require.NoError(t, err)
			require.Equal(t, alone[0], together[n], i.Name())
		}
	}
}

// TestAsk: an estimator that does not fit a task leaves the others of its group theirs.
func TestAsk(t *testing.T) {
	task, err := Find("swiss-roll-uniform-normal")
	require.NoError(t, err)
	var group []Estimator
	for _, name := range []string{"er-known", "er-kde"} {
		e, err := FindEstimator(name)
		require.NoError(t, err)
		group = append(group, e)
	}
	s := settings(t, "er-known", Normal, 2)
	s.K = 8
	cells, err := s.ask(context.Background(), group, task)
	require.NoError(t, err)
	require.Contains(t, cells[0].Failed, "the entropy of y is not known")
	s.Estimator = group[1]
	alone, err := task.Measure(context.Background(), s)
	require.NoError(t, err)
	require.Equal(t, alone.Value, *cells[1].Mean)
}
