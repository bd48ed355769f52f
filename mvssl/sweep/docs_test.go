package sweep_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/data"
	"entrec/mvssl/sweep"
)

// TestCommittedSweeps: the sweep files of the documentation can be planned.
func TestCommittedSweeps(t *testing.T) {
	const images = 10000
	like := &data.Dataset{Name: "like CIFAR-10", Channels: 3, Height: 32, Width: 32, Pixels: make([]byte, images*3*32*32), Labels: make([]int, images), Classes: make([]string, 10)}
	for i := range like.Pixels {
		like.Pixels[i] = byte(i * 31 >> 3)
	}
	for i := range like.Labels {
		like.Labels[i] = i % 10
	}
	found, err := filepath.Glob("../../docs/sweeps/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, path := range found {
		f, err := sweep.Read(path)
		require.NoError(t, err)
		require.Equal(t, f.Name+".json", filepath.Base(path))
		p, err := sweep.NewPlan(f, &data.Split{Train: like, Test: like})
		require.NoError(t, err, path)
		require.NotEmpty(t, p.Runs)
	}
}
