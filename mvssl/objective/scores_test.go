package objective

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/tensor"
)

// baseline are the logarithms of one for each of five rows.
var baseline = tensor.FromSlice([]float64{1, -0.5, 0.3, 0, 2}, 5)

// estimator is one of scores, with its value as a formula, by plain loops, and the
// surrogate that has its gradient where that is not the value's.
type estimator struct {
	of        func(s *Scores[float64]) *autograd.Var[float64]
	formula   func(s [][]float64) float64
	surrogate func(s [][]float64) float64
}

// mean returns the mean of f over the pairs i, j with i = j, or with i ≠ j.
func mean(s [][]float64, joint bool, f func(i, j int) float64) float64 {
	total, n := 0.0, 0.0
	for i := range s {
		for j := range s {
			if (i == j) == joint {
				total, n = total+f(i, j), n+1
			}
		}
	}
	return total / n
}

func diagonal(s [][]float64) float64 {
	return mean(s, true, func(i, _ int) float64 { return s[i][i] })
}

func partition(s [][]float64) float64 {
	return mean(s, false, func(i, j int) float64 { return math.Exp(s[i][j]) })
}

func nwj(s [][]float64) float64 { return diagonal(s) - partition(s)/math.E }

func jensenShannon(s [][]float64) float64 {
	return mean(s, true, func(i, _ int) float64 { return -math.Log1p(math.Exp(-s[i][i])) }) -
		mean(s, false, func(i, j int) float64 { return math.Log1p(math.Exp(s[i][j])) })
}

func estimators() map[string]estimator {
	const tau, decay, logRunning, alpha = 0.4, 0.9, 0.7, 0.3
	a := func(i int) float64 { return baseline.At(i) }
	list := map[string]estimator{
		"dv":  {of: DV[float64], formula: func(s [][]float64) float64 { return diagonal(s) - math.Log(partition(s)) }},
		"nwj": {of: NWJ[float64], formula: nwj},
		"js":  {of: JS[float64], formula: nwj, surrogate: jensenShannon},
		"smile": {
			of: func(s *Scores[float64]) *autograd.Var[float64] { return SMILE(s, tau) },
			formula: func(s [][]float64) float64 {
				return diagonal(s) - math.Log(mean(s, false, func(i, j int) float64 { return math.Exp(min(max(s[i][j], -tau), tau)) }))
			},
			surrogate: jensenShannon,
		},
		"smile without a clip": {
			of:        func(s *Scores[float64]) *autograd.Var[float64] { return SMILE(s, math.Inf(1)) },
			formula:   func(s [][]float64) float64 { return diagonal(s) - math.Log(partition(s)) },
			surrogate: jensenShannon,
		},
		"info_nce": {of: InfoNCEOf[float64], formula: func(s [][]float64) float64 {
			return mean(s, true, func(i, _ int) float64 {
				sum := 0.0
				for _, v := range s[i] {
					sum += math.Exp(v)
				}
				return s[i][i] - math.Log(sum/float64(len(s)))
			})
		}},
		"club": {of: CLUB[float64], formula: func(s [][]float64) float64 {
			k := float64(len(s))
			all := diagonal(s)/k + mean(s, false, func(i, j int) float64 { return s[i][j] })*(k-1)/k
			return diagonal(s) - all
		}},
		"tuba": {
			of: func(s *Scores[float64]) *autograd.Var[float64] {
				return TUBA(s, &autograd.Var[float64]{Value: baseline})
			},
			formula: func(s [][]float64) float64 {
				return 1 + mean(s, true, func(i, _ int) float64 { return s[i][i] - a(i) }) -
					mean(s, false, func(i, j int) float64 { return math.Exp(s[i][j] - a(i)) })
			},
		},
	}
	for _, alpha := range []float64{0, alpha, 1} {
		list[fmt.Sprintf("interpolated %v", alpha)] = estimator{
			of: func(s *Scores[float64]) *autograd.Var[float64] { return Interpolated(s, baseline, alpha) },
			formula: func(s [][]float64) float64 {
				b := func(i, j int) float64 {
					sum := 0.0
					for l, v := range s[i] {
						if l != j {
							sum += math.Exp(v)
						}
					}
					return math.Log(alpha*sum/float64(len(s)-1) + (1-alpha)*math.Exp(a(i)))
				}
				return 1 + mean(s, false, func(i, j int) float64 { return s[i][i] - b(i, j) }) -
					mean(s, false, func(i, j int) float64 { return math.Exp(s[i][j] - b(i, i)) })
			},
		}
	}
	return list
}

// TestEstimators holds values against their formulas, and gradients against differences of
// the value's formula, or of the surrogate's: by a matrix of scores, and by a product.
func TestEstimators(t *testing.T) {
	for name, e := range estimators() {
		rng := rand.New(rand.NewPCG(1, 2))
		x, y := normal(rng, 5, 3), normal(rng, 5, 3)
		s := make([][]float64, 5)
		flat := make([]float64, 0, 25)
		for i := range s {
			s[i] = make([]float64, 5)
			for j := range s {
				for c := range 3 {
					s[i][j] += x.At(i, c) * y.At(j, c)
				}
			}
			flat = append(flat, s[i]...)
		}
		tape := autograd.NewTape[float64]()
		in := tape.Leaf(tensor.FromSlice(flat, 5, 5))
		got := e.of(ScoreMatrix(in))
		require.InDelta(t, e.formula(s), got.Value.Item(), 1e-13, name)
		tape.Backward(got)
		by := e.surrogate
		if by == nil {
			by = e.formula
		}
		for i := range s {
			for j := range s {
				const h = 1e-5
				was := s[i][j]
				s[i][j] = was + h
				up := by(s)
				s[i][j] = was - h
				down := by(s)
				s[i][j] = was
				require.InDelta(t, (up-down)/(2*h), in.Grad.At(i, j), 1e-8, "%s, %d, %d", name, i, j)
			}
		}
		vx, vy := tape.Leaf(x), tape.Leaf(y)
		product := e.of(ProductScores(vx, vy))
		require.InDelta(t, e.formula(s), product.Value.Item(), 1e-13, name)
		tape.Backward(product)
		for i := range 5 {
			for c := range 3 {
				wantX, wantY := 0.0, 0.0
				for j := range 5 {
					wantX += in.Grad.At(i, j) * y.At(j, c)
					wantY += in.Grad.At(j, i) * x.At(j, c)
				}
				require.InDelta(t, wantX, vx.Grad.At(i, c), 1e-13, name)
				require.InDelta(t, wantY, vy.Grad.At(i, c), 1e-13, name)
			}
		}
	}
}

// TestMINE: the value is DV's; the gradient's partition is the running mean.
func TestMINE(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	first := ScoreMatrix(&autograd.Var[float64]{Value: normal(rng, 4, 4)})
	dv := DV(first)
	estimate, running := MINE(first, math.Inf(-1), 0.9)
	require.Equal(t, dv.Value.Item(), estimate.Value.Item())

	tape := autograd.NewTape[float64]()
	in := tape.Leaf(normal(rng, 4, 4))
	estimate, next := MINE(ScoreMatrix(in), running, 0.9)
	s := make([][]float64, 4)
	for i := range s {
		for j := range s {
			s[i] = append(s[i], in.Value.At(i, j))
		}
	}
	require.InDelta(t, 0.9*math.Exp(running)+0.1*partition(s), math.Exp(next), 1e-13)
	require.InDelta(t, diagonal(s)-math.Log(partition(s)), estimate.Value.Item(), 1e-13)
	tape.Backward(estimate)
	require.InDelta(t, 0.25, in.Grad.At(2, 2), 1e-15)
	require.InDelta(t, -math.Exp(s[1][2])/12/math.Exp(next), in.Grad.At(1, 2), 1e-15)
}

// TestTUBABaseline checks the gradient of the baseline, and that the best one of a row is
// the mean of e^s.
func TestTUBABaseline(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	scores := normal(rng, 5, 5)
	_, err := autograd.GradCheck(func(_ *autograd.Tape[float64], in vars) vars {
		return vars{TUBA(ScoreMatrix(in[0]), in[1])}
	}, 1e-7, scores, baseline)
	require.NoError(t, err)
}

// TestWideScores: scores of a thousand leave values and gradients that are numbers, where
// the formula's is one; equal scores are worth nothing.
func TestWideScores(t *testing.T) {
	for name, e := range estimators() {
		for _, k := range []int{2, 5} {
			if k == 2 && (name == "tuba" || strings.HasPrefix(name, "interpolated")) {
				continue // the baselines are five
			}
			wide := tensor.New[float64](k, k)
			for i := range wide.Data() {
				wide.Data()[i] = -1e3
			}
			for i := range k {
				wide.Set(1e3, i, i)
			}
			tape := autograd.NewTape[float64]()
			in := tape.Leaf(wide)
			got := e.of(ScoreMatrix(in))
			require.False(t, math.IsNaN(got.Value.Item()) || math.IsInf(got.Value.Item(), 0), name)
			tape.Backward(got)
			for _, g := range in.Grad.Data() {
				require.False(t, math.IsNaN(g) || math.IsInf(g, 0), "%s: %v", name, in.Grad)
			}
		}
	}
	equal := ScoreMatrix(&autograd.Var[float64]{Value: tensor.New[float64](3, 3)})
	for name, want := range map[string]float64{"dv": 0, "nwj": -1 / math.E, "js": -1 / math.E, "smile": 0, "info_nce": 0, "club": 0} {
		require.InDelta(t, want, estimators()[name].of(equal).Value.Item(), 1e-15, name)
	}
}
