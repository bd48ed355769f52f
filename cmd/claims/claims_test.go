package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/runs"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

var docs = filepath.Join("..", "..", "docs")

// TestPage: docs/paper.md has the tables word for word.
func TestPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(docs, "paper.md"))
	require.NoError(t, err)
	var out bytes.Buffer
	c := newCommand()
	c.SetOut(&out)
	c.SetArgs([]string{"--sweeps", filepath.Join(docs, "sweeps"), "--results", filepath.Join(docs, "results")})
	require.NoError(t, c.Execute())
	table2, verdicts, _ := strings.Cut(out.String(), "\n\n")
	require.True(t, strings.Contains(string(page), "\n\n"+table2+"\n\n"), "paper.md lacks go run ./cmd/claims:\n%s", table2)
	require.True(t, strings.Contains(string(page), "\n\n"+verdicts), "paper.md lacks go run ./cmd/claims:\n%s", verdicts)
}

func TestTwinDropsLess(t *testing.T) {
	for _, c := range []struct {
		drop, low, high float64
		want            verdict
	}{
		{5, 1, 9, confirmed},
		{5, -1, 9, undecided}, // D may be 0
		{1, 1, 9, undecided},  // nothing hurts the original
		{1, -3, 1, refuted},
		{1, -3, 2.5, undecided},
		{5, -3, 1, undecided}, // it is hurt, and its twin too
	} {
		require.Equal(t, c.want, twinDropsLess(c.drop, c.low, c.high), c)
	}
}

func TestCostsLittle(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      verdict
	}{{-3, 3, confirmed}, {-1, 4, undecided}, {-4, 0, undecided}, {-9, -3.1, refuted}, {4, 9, undecided}} {
		require.Equal(t, c.want, costsLittle(c.low, c.high), c)
	}
}

// TestByIntervals: one seed decides nothing, and two intervals that disagree do not either.
func TestByIntervals(t *testing.T) {
	half := 0.01
	c := sweep.Comparison{Difference: &sweep.Estimate{N: 1, Mean: 0.01}}
	require.Equal(t, undecided, byIntervals(c, costsLittle))
	c.Difference = &sweep.Estimate{N: 5, Mean: 0.01, Half: &half}
	require.Equal(t, confirmed, byIntervals(c, costsLittle))
	c.Bootstrap = &sweep.Interval{Low: -0.01, High: 0.02}
	require.Equal(t, confirmed, byIntervals(c, costsLittle))
	c.Bootstrap.High = 0.04
	require.Equal(t, undecided, byIntervals(c, costsLittle))
}

// TestSoFar: a verdict says on how many seeds it stands where more were planned.
func TestSoFar(t *testing.T) {
	s := stage{seeds: 5}
	is := func() verdict { return confirmed }
	require.Equal(t, "undecided: not made", s.sofar(nil, is))
	require.Equal(t, "confirmed so far (3 of 5 seeds)", s.sofar(&sweep.Estimate{N: 3}, is))
	require.Equal(t, "confirmed", s.sofar(&sweep.Estimate{N: 5}, is))
}

// TestCourse: what counts is what an entropy does after epoch 2.
func TestCourse(t *testing.T) {
	run := func(entropies, reconstructions []float64) sweep.Ended {
		h := &runs.History{}
		h.Config.Model.Parameters = mvssl.DINO{DINOBranches: mvssl.DINOBranches{Prototypes: 100}}
		for epoch, v := range entropies {
			m := train.EpochMetrics{Epoch: epoch}
			m.Entropy, m.Reconstruction = -100+v, reconstructions[epoch]
			m.EntropyW, m.ReconstructionW = &v, &reconstructions[epoch]
			h.Epochs = append(h.Epochs, m)
		}
		return sweep.Ended{History: h}
	}
	c := courseOf(run([]float64{0, 9, 4, 3.9, 4.2}, []float64{9, 9, 1, 0, 2}), "W")
	require.InDelta(t, 0.2, c.change, 1e-12)
	require.InDelta(t, math.Log(100)/10, c.limit, 1e-12)
	require.True(t, c.rises)
	require.False(t, c.halves)
	c = courseOf(run([]float64{0, 9, 4, 1.9, 4}, []float64{0, 0, 1, 2, 1}), "W")
	require.InDelta(t, 2.1, c.change, 1e-12)
	require.False(t, c.rises)
	require.True(t, c.halves)
	c = courseOf(run([]float64{0, 9, 4, 1.9, 4}, []float64{0, 0, 1, 2, 3}), "Z")
	require.InDelta(t, math.Log(512)/10, c.limit, 1e-12)
	require.False(t, c.halves, "H(Z) has no zero")
}

// TestForeignResults: results of another file are refused, not passed over.
func TestForeignResults(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "paper-batch"), 0o755))
	_, err := read(filepath.Join(docs, "sweeps"), dir)
	require.ErrorContains(t, err, "found no plan of ")
	_, err = read(dir, dir)
	require.Error(t, err)
}
