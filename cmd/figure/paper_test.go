package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/runs"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

const miniature = `{"format":"entrec-sweep/1","name":"miniature","data":"made-up",
 "base":{"encoder":"mlp","width":8,"epochs":2,"knn.k":5,"probe":"online","model.projector.hidden":12,"model.projector.out":6},
 "seeds":[0,1],
 "rows":[{"name":"tuned","methods":["byol"],"grid":{"batch":[16,8]}},
         {"name":"no center","methods":["dino"],"set":{"batch":8,"centering":"off"}},
         {"name":"tuned","methods":["dino"],"set":{"batch":8}}]}`

// TestSpread: with the diagnostics' 512 images, κ 10 and d 128 the top is the exact number
// of docs/paper.md's table.
func TestSpread(t *testing.T) {
	h := &runs.History{}
	h.Config.Model.Projector.Out, h.Config.Diagnostics.Kappa = 128, 10
	require.InDelta(t, -130.459, spread(h), 0.0006)
}

// TestPaper: the panels show the mean, the least and the most of the runs' own numbers, and
// arms without a run are named.
func TestPaper(t *testing.T) {
	if testing.Short() {
		t.Skip("trains")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "miniature.json")
	require.NoError(t, os.WriteFile(file, []byte(miniature), 0o644))
	f, err := sweep.Read(file)
	require.NoError(t, err)
	p, err := sweep.NewPlan(f, runtest.Split())
	require.NoError(t, err)
	results := filepath.Join(dir, "results")
	require.NoError(t, p.Keep(filepath.Join(results, f.Name)))
	for _, r := range p.Runs {
		split, err := p.Split(r)
		require.NoError(t, err)
		_, err = train.Run(t.Context(), r.Config, split, train.Options{Out: filepath.Join(results, f.Name, r.Folder)})
		require.NoError(t, err)
	}

	var said bytes.Buffer
	all, err := readPaper(&said, results, []string{file, file})
	require.NoError(t, err)
	require.Contains(t, said.String(), "no run of SimCLR, large batch\n")
	require.Contains(t, said.String(), "no run of BYOL + ER, small batch\n")
	require.NotContains(t, said.String(), "no run of BYOL, small batch\n")
	require.Len(t, all["byol"][arm{}], 2)
	require.Equal(t, 16, all["byol"][arm{}][0].Config.Batch)
	require.Equal(t, 8, all["byol"][arm{small: true}][1].Config.Batch)
	require.Len(t, all["dino"][arm{recenters: true}], 2)
	require.Empty(t, all["dino"][arm{}], "its row names no batch")

	for row, want := range []func(e train.EpochMetrics) float64{
		func(e train.EpochMetrics) float64 { return *e.EntropyW },
		func(e train.EpochMetrics) float64 { return *e.ReconstructionW },
		func(e train.EpochMetrics) float64 { return 100 * *e.ProbeOnline },
	} {
		of := all["dino"][arm{recenters: true}]
		b := bandOf(of, metrics("dino")[row])
		x, y := want(of[0].Epochs[2]), want(of[1].Epochs[2])
		last := len(b.epoch) - 1
		require.InDeltaSlice(t, []float64{2, min(x, y), (x + y) / 2, max(x, y)},
			[]float64{b.epoch[last], b.least[last], b.mean[last], b.most[last]}, 1e-12)
	}
	require.Equal(t, math.Log(7), mostW(all["dino"][arm{recenters: true}][0]), "an eighth of 60 images")

	figure := filepath.Join(dir, "paper.svg")
	_, err = run("paper", file, "--results", results, "--out", figure)
	require.NoError(t, err)
	text, err := os.ReadFile(figure)
	require.NoError(t, err)
	for _, words := range []string{"BYOL, small batch", "DINO, no center", "entropy of Z, nats", "ln c, the most there is", "not run yet"} {
		require.Contains(t, string(text), ">"+words+"<")
	}
	require.NotContains(t, string(text), ">SimCLR, large batch<")
}

func TestPaperRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "miniature.json")
	require.NoError(t, os.WriteFile(file, []byte(miniature), 0o644))
	others := filepath.Join(dir, "others")
	require.NoError(t, os.MkdirAll(filepath.Join(others, "miniature"), 0o755))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"paper", "--out", "a.svg"}, "requires at least 1 arg(s)"},
		{[]string{"paper", filepath.Join(dir, "no.json"), "--out", "a.svg"}, "no.json: "},
		{[]string{"paper", file, "--results", dir, "--out", "a.svg"}, "found no run of the figure's rows"},
		{[]string{"paper", file, "--results", others, "--out", "a.svg"}, "miniature: found no plan of sweep file miniature"},
	} {
		_, err := run(c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
