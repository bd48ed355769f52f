package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/mi"
)

const bench = `{"items":[{"part":"steps","estimator":"nwj","critic":"separable","seed":0,"k":64,"steps":8,
"cells":[{"task":"steps-2","truth":2,"mean":1,"variance":1,"curve":[0,1]},{"task":"steps-4","truth":4,"mean":null,"variance":null,"failed":"no"}]},
{"part":"cubed","estimator":"nwj","critic":"separable","seed":0,"k":64,"steps":8,"cells":[{"task":"cubed-steps-2","truth":2,"mean":null,"variance":null,"failed":"no"}]},
{"part":"kinds","estimator":"ksg","critic":"","seed":0,"k":64,"steps":0,"cells":[{"task":"normal","truth":0.4,"mean":0.4,"variance":0.1}]}]}`

// TestMI draws the panel of an estimator that failed on the way.
func TestMI(t *testing.T) {
	dir := t.TempDir()
	input, file := filepath.Join(dir, "bench.json"), filepath.Join(dir, "mi.svg")
	require.NoError(t, os.WriteFile(input, []byte(bench), 0o644))
	_, err := run("mi", input, "--out", file)
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), ">nwj, separable<")
	require.NoError(t, os.WriteFile(input, []byte(`{"items":[]}`), 0o644))
	_, err = run("mi", input, "--out", file)
	require.ErrorContains(t, err, "bench.json: found no staircase of a critic, expected one")
}

// TestCurves: a point is the mean of the seeds that came so far, in the band between them.
func TestCurves(t *testing.T) {
	item := func(seed uint64, curve ...float64) mi.Item {
		return mi.Item{Part: mi.Staircase, Seed: seed, Steps: 1000, Cells: []mi.Cell{{Curve: curve}}}
	}
	c := climb{items: []mi.Item{item(0, 1, 3), item(1, 3)}}
	middle, low, high := c.curves(mi.Staircase)
	require.Equal(t, []float64{2, 3}, []float64{middle[0].Y, middle[1].Y})
	require.Equal(t, []float64{1, 3}, []float64{low[0].Y, low[1].Y})
	require.Equal(t, []float64{3, 3}, []float64{high[0].Y, high[1].Y})
	middle, low, _ = climb{items: c.items[:1]}.curves(mi.Staircase)
	require.Len(t, middle, 2)
	require.Nil(t, low)
	middle, _, _ = c.curves(mi.Cubed)
	require.Nil(t, middle)
}
