package objective

import (
	_ "embed"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/tensor"
)

// torchEstimators are the estimators in PyTorch, written from the papers.
//
//go:embed testdata/estimators.py
var torchEstimators string

// scoreCase is a question for torchEstimators.
type scoreCase struct {
	Name     string      `json:"name"`
	S        [][]float64 `json:"s"`
	Baseline []float64   `json:"baseline"`
	Running  *float64    `json:"running"`
	Decay    float64     `json:"decay"`
	Tau      float64     `json:"tau"`
	Alpha    float64     `json:"alpha"`
}

// scoreAnswer is a value, and the gradient that is trained by.
type scoreAnswer struct {
	Value    float64     `json:"value"`
	Gradient [][]float64 `json:"gradient"`
}

// ask returns the estimator's answer, by a matrix of scores.
func (c scoreCase) ask() scoreAnswer {
	k := len(c.S)
	var flat []float64
	for _, row := range c.S {
		flat = append(flat, row...)
	}
	baseline := tensor.FromSlice(c.Baseline, k)
	tape := autograd.NewTape[float64]()
	in := tape.Leaf(tensor.FromSlice(flat, k, k))
	s := ScoreMatrix(in)
	var v *autograd.Var[float64]
	switch c.Name {
	case "dv":
		v = DV(s)
	case "mine":
		running := math.Inf(-1)
		if c.Running != nil {
			running = *c.Running
		}
		v, _ = MINE(s, running, c.Decay)
	case "nwj":
		v = NWJ(s)
	case "tuba":
		v = TUBA(s, &autograd.Var[float64]{Value: baseline})
	case "js":
		v = JS(s)
	case "smile":
		v = SMILE(s, c.Tau)
	case "info_nce":
		v = InfoNCEOf(s)
	case "club":
		v = CLUB(s)
	case "interpolated":
		v = Interpolated(s, baseline, c.Alpha)
	}
	a := scoreAnswer{Value: v.Value.Item()}
	tape.Backward(v)
	for i := range k {
		a.Gradient = append(a.Gradient, in.Grad.Data()[i*k:(i+1)*k])
	}
	return a
}

// torchScores bounds the difference of values and of gradients from PyTorch's, relative to
// 1 and what is compared.
const torchScores = 1e-10

// off returns the largest difference of an answer from another, relative to 1 and the
// other's.
func (a scoreAnswer) off(other scoreAnswer) float64 {
	apart := func(x, y float64) float64 { return math.Abs(x-y) / (1 + math.Abs(y)) }
	worst := apart(a.Value, other.Value)
	for i, row := range a.Gradient {
		for j, g := range row {
			worst = max(worst, apart(g, other.Gradient[i][j]))
		}
	}
	return worst
}

// scoreCases are scores of all sorts, each for every estimator that is finite of them.
func scoreCases() (cases []scoreCase) {
	rng := rand.New(rand.NewPCG(7, 8))
	square := func(k int, f func(i, j int) float64) [][]float64 {
		s := make([][]float64, k)
		for i := range s {
			for j := range k {
				s[i] = append(s[i], f(i, j))
			}
		}
		return s
	}
	drawn := func(scale float64) func(i, j int) float64 {
		return func(int, int) float64 { return scale * rng.NormFloat64() }
	}
	apart := func(i, j int) float64 {
		if i == j {
			return 1e3
		}
		return -1e3 + float64(i-j)
	}
	running := 0.3
	for _, s := range [][][]float64{
		square(2, drawn(1)), square(5, drawn(1)), square(16, drawn(4)), square(33, drawn(0.01)),
		square(3, func(int, int) float64 { return 0 }), square(4, func(int, int) float64 { return -2.5 }),
		square(2, apart), square(6, apart), square(4, func(i, j int) float64 { return -apart(i, j) }),
	} {
		high := s[0][1] > 700 // e^s is beyond all numbers
		for _, c := range []scoreCase{
			{Name: "dv"}, {Name: "mine", Decay: 0.9}, {Name: "mine", Decay: 0.9, Running: &running}, {Name: "nwj"}, {Name: "tuba"}, {Name: "js"},
			{Name: "smile", Tau: 1}, {Name: "smile", Tau: 5}, {Name: "smile", Tau: 1e9}, {Name: "info_nce"}, {Name: "club"},
			{Name: "interpolated", Alpha: 0}, {Name: "interpolated", Alpha: 0.01}, {Name: "interpolated", Alpha: 0.5}, {Name: "interpolated", Alpha: 1},
		} {
			if high && (c.Name == "nwj" || c.Name == "tuba" || c.Name == "js" || c.Name == "interpolated") {
				continue
			}
			c.S = s
			for range s {
				c.Baseline = append(c.Baseline, rng.NormFloat64())
			}
			cases = append(cases, c)
		}
	}
	return cases
}

// TestEstimatorsAgainstTorch holds values and gradients against PyTorch's in float64, and
// shows that an estimator with its value's gradient, or with its surrogate's value, is
// found out.
func TestEstimatorsAgainstTorch(t *testing.T) {
	cases := scoreCases()
	var answers []scoreAnswer
	foreign.Run(t, []string{"torch"}, torchEstimators, cases, &answers)
	require.Len(t, answers, len(cases))
	found := map[string]int{}
	for i, c := range cases {
		what := fmt.Sprintf("case %d, %s of %d", i, c.Name, len(c.S))
		require.Less(t, c.ask().off(answers[i]), torchScores, what)
		for _, m := range c.mutants() {
			if m.off(answers[i]) > 1e3*torchScores {
				found[c.Name]++
			}
		}
	}
	for _, name := range []string{"js", "smile", "mine"} {
		require.Greater(t, found[name], 8, "%s with the expressions swapped passes", name)
	}
}

// mutants returns, for an estimator whose value and gradient come from different expressions,
// the answer with the value's own gradient, and with the value of the other expression.
func (c scoreCase) mutants() []scoreAnswer {
	right, own, surrogate := c.ask(), scoreAnswer{}, 0.0
	switch c.Name {
	case "js":
		c.Name = "nwj"
		own, surrogate = c.ask(), jensenShannon(c.S)
	case "smile":
		own.Gradient, surrogate = clippedGradient(c.S, c.Tau), jensenShannon(c.S)
	case "mine":
		next := math.Log(partition(c.S))
		if c.Running != nil {
			next = logAddExp(math.Log(c.Decay)+*c.Running, math.Log1p(-c.Decay)+next)
		}
		c.Name = "dv"
		own, surrogate = c.ask(), diagonal(c.S)-partition(c.S)/math.Exp(next)
	default:
		return nil
	}
	return []scoreAnswer{{right.Value, own.Gradient}, {surrogate, right.Gradient}}
}

// clippedGradient is that of SMILE's value: none flows through what is clipped.
func clippedGradient(s [][]float64, tau float64) [][]float64 {
	g, total := make([][]float64, len(s)), 0.0
	for i := range s {
		g[i] = make([]float64, len(s))
		for j, v := range s[i] {
			if j != i {
				total += math.Exp(min(max(v, -tau), tau))
			}
		}
	}
	for i := range s {
		for j, v := range s[i] {
			switch {
			case j == i:
				g[i][j] = 1 / float64(len(s))
			case math.Abs(v) < tau:
				g[i][j] = -math.Exp(v) / total
			}
		}
	}
	return g
}
