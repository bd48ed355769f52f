package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// TestTables: the methods are there, and no two runs share a folder.
func TestTables(t *testing.T) {
	var all []string
	for _, m := range mvssl.Rows() {
		all = append(all, m.Name)
	}
	seen := map[string]bool{}
	for name, table := range tables {
		for _, r := range table.rows {
			require.Contains(t, all, r.method)
			require.False(t, seen[name+r.folder(0)], r)
			seen[name+r.folder(0)] = true
		}
	}
}

func TestFolder(t *testing.T) {
	require.Equal(t, "byol-batch-16-2", row{method: "byol", flags: []string{"--batch", "16"}}.folder(2))
}

func TestWrite(t *testing.T) {
	table := table{seeds: 2, heading: "setting", columns: []column{trained, entropyW}, rows: []row{
		{method: "byol", setting: "batch 16"}, {method: "dino", setting: "batch 256"}, {method: "swav"},
	}}
	knn := map[string][]float64{"byol": {0.30, 0.32}, "dino": {0.4}}
	var b bytes.Buffer
	require.NoError(t, table.write(&b, func(r row, seed int) *runs.History {
		if seed >= len(knn[r.method]) {
			return nil
		}
		return &runs.History{Summary: &train.Summary{KNN: &knn[r.method][seed]}, Epochs: make([]train.EpochMetrics, 1)}
	}))
	require.Equal(t, strings.TrimPrefix(`
| method | setting | kNN | entropy of W |
| --- | --- | --- | --- |
| byol | batch 16 | 31.0 ± 1.4 | – |
| dino (1 of 2) | batch 256 | 40.0 | – |
| swav (0 of 2) |  | – | – |
`, "\n"), b.String())
}

func TestBadArguments(t *testing.T) {
	require.ErrorContains(t, run(context.Background(), []string{"medium"}, io.Discard, io.Discard), `found "medium", expected the name of one table`)
	require.ErrorContains(t, run(context.Background(), nil, io.Discard, io.Discard), "expected the name of one table")
	require.ErrorContains(t, run(context.Background(), []string{"--jobs", "0", "short"}, io.Discard, io.Discard), "--jobs 0 must be at least 1")
	require.ErrorContains(t, run(context.Background(), []string{"--only", "byol,bylo", "short"}, io.Discard, io.Discard), `--only: found "bylo"`)
}
