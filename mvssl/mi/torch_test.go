package mi

import (
	_ "embed"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/mvssl/special"
)

// torchEstimators are the estimators that are no function of scores, in PyTorch, written from
// the papers.
//
//go:embed testdata/estimators.py
var torchEstimators string

// pairsCase is a question for torchEstimators.
type pairsCase struct {
	Name    string      `json:"name"`
	X       [][]float64 `json:"x"`
	Y       [][]float64 `json:"y"`
	Kappa   float64     `json:"kappa"`
	LogC    float64     `json:"logc"`
	Sphere  bool        `json:"sphere"`
	Entropy float64     `json:"entropy"`
}

// TestAgainstTorch holds estimators of pairs, and of densities, against PyTorch in float64:
// the centers of a density are x itself.
func TestAgainstTorch(t *testing.T) {
	var cases []pairsCase
	var got []float64
	for _, name := range []string{"pairs-3", "vmf-16-20", "student-2-2", "vmf-2-5"} {
		task, err := Find(name)
		require.NoError(t, err)
		for _, e := range Estimators() {
			if e.scores != nil || task.On == Sphere && e.Name == "er-logdet" {
				continue
			}
			c := pairsCase{Name: e.Name, Kappa: 3, Sphere: task.On == Sphere, Entropy: 1.5}
			c.X, c.Y = task.Sample(rng(), 40)
			if c.Sphere {
				c.LogC = special.LogVMFNormalizer(task.X, c.Kappa)
			}
			cases = append(cases, c)
			if e.density == nil {
				v, _ := e.pairs(c.X, c.Y)
				got = append(got, v)
				continue
			}
			got = append(got, e.density(&conditional{
				centers: constant(matrix[float64](c.X)), y: constant(matrix[float64](c.Y)), kappa: c.Kappa, sphere: c.Sphere, entropy: &c.Entropy,
			}))
		}
	}
	var want []float64
	foreign.Run(t, []string{"torch"}, torchEstimators, cases, &want)
	require.Len(t, want, len(cases))
	for i, c := range cases {
		require.InDelta(t, want[i], got[i], 1e-10*(1+math.Abs(want[i])), "%s of %d numbers", c.Name, len(c.X[0]))
	}
}
