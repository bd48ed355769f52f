package mvssl_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/tensor"
)

// TestFigure holds the cells of Figure 1, and those of what is beside its methods.
func TestFigure(t *testing.T) {
	want := map[string][2]string{
		"simclr":        {"identical", "on the sphere"},
		"simclr-er":     {"identical", "on the sphere"},
		"align-uniform": {"identical", "on the sphere"},
		"moco":          {"EMA target, queue", "on the sphere"},
		"deepcluster":   {"identical", "k-means"},
		"swav":          {"identical", "Sinkhorn codes, queue, multi-crop"},
		"er-discrete":   {"identical", "softmax"},
		"byol":          {"EMA target, predictor", "on the sphere"},
		"byol-er":       {"EMA target, predictor", "on the sphere"},
		"simsiam":       {"stop-gradient, predictor", "on the sphere"},
		"dino":          {"EMA teacher", "teacher softmax, multi-crop"},
		"dino-er":       {"EMA teacher", "teacher softmax, multi-crop"},
		"barlow-twins":  {"identical", "as they are"},
		"vicreg":        {"identical", "as they are"},
		"supervised":    {"identical", "softmax"},
	}
	for name, cells := range want {
		branches, projections := mustFind(t, name).Figure()
		require.Equal(t, cells, [2]string{branches, projections}, name)
	}

	require.Equal(t, "unknown (9)", mvssl.Branches(9).String())
	require.Equal(t, "unknown (-1)", mvssl.Projections(-1).String())
}

// TestRows checks that each row is whole, and that its answers to the two questions are
// those of the method that it builds.
func TestRows(t *testing.T) {
	names := map[string]bool{}
	for _, r := range mvssl.Rows() {
		t.Run(r.Name, func(t *testing.T) {
			require.False(t, names[r.Name])
			names[r.Name] = true
			for _, text := range []string{r.Name, r.Branches.String(), r.Projections.String(), r.Objective, r.Paper} {
				require.NotEmpty(t, text)
				require.NotContains(t, text, "unknown")
			}
			require.NoError(t, r.Recipe.Validate())
			seen := map[string]bool{}
			for _, p := range r.Describe() {
				require.False(t, seen[p.Name], p.Name)
				seen[p.Name] = true
				for _, text := range []string{p.Name, p.Type, p.Default, p.Doc} {
					require.NotEmpty(t, text, p.Name)
				}
				require.NotEqual(t, p.Range == "", p.Choices == nil, "%s: a range or choices", p.Name)
				found, ok := r.Parameter(p.Name)
				require.True(t, ok)
				require.Equal(t, p, found)
			}
			_, ok := r.Parameter("nothing")
			require.False(t, ok)

			c, _, s := small(t, r.Name, "", nil)
			require.NoError(t, c.ValidateIn(s))
			m, err := mvssl.New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
			require.NoError(t, err)
			_, discrete := m.(mvssl.Discrete[float64])
			require.Equal(t, r.Projections.Discrete(), discrete, "%v", r.Projections)
			other := false
			m.State("", func(name string, _ *autograd.Var[float64]) {
				other = other || strings.HasPrefix(name, "target.") || strings.HasPrefix(name, "teacher.")
			})
			require.Equal(t, r.Branches.Asymmetric(), other, "%v", r.Branches)
			_, updates := m.(mvssl.Updater)
			require.Equal(t, r.Branches.Asymmetric(), updates, "the other branch follows")
		})
	}
}

// TestIdenticalBranches: where branches are identical, it does not matter which of the
// whole views is the first, for the variants of a method neither.
func TestIdenticalBranches(t *testing.T) {
	checked := 0
	for _, r := range mvssl.Rows() {
		if r.Branches != mvssl.Identical {
			continue
		}
		variants := map[string][]string{
			"swav":        {"", `{"local_crops":2}`},
			"deepcluster": {"", `{"variant":"v2"}`},
			"simclr-er":   {"", `{"er_self":"exclude"}`},
			"cmc":         {"", `{"variant":"color"}`},
		}[r.Name]
		if variants == nil {
			variants = []string{""}
		}
		for _, parameters := range variants {
			c, _, s := small(t, r.Name, parameters, nil)
			losses := map[bool]float64{}
			for _, exchanged := range []bool{false, true} {
				rng := rand.New(rand.NewPCG(1, 2))
				m, err := mvssl.New[float64](rng, c, s)
				require.NoError(t, err)
				prepare(t, m, rng)
				tape := autograd.NewFrozenTape[float64]()
				b, given := made(tape, rng, s, 0)
				if exchanged {
					b = exchange(tape, b, given).WithWhole(whole(s))
				}
				losses[exchanged] = m.Loss(b).Loss.Value.Item()
			}
			// Sums over the batch in another order.
			require.InEpsilon(t, losses[false], losses[true], 1e-13, "%s %s", r.Name, parameters)
			checked++
		}
	}
	require.Greater(t, checked, 7)
}

// exchange returns the batch with its first two whole views in each other's place.
func exchange(tape *autograd.Tape[float64], b mvssl.Batch[float64], given batch) mvssl.Batch[float64] {
	g := given.Groups[0]
	view := len(b.Samples) * g.Shape[1] * tracedSide * tracedSide
	data := append(append(append([]float64{}, g.Data[view:2*view]...), g.Data[:view]...), g.Data[2*view:]...)
	return mvssl.NewBatch(b.Progress, b.Samples, tape.Constant(tensor.FromSlice(data, g.Shape...))).WithLabels(tracedLabels())
}

// TestStopGradient: the gradient of simsiam's loss is that of the function it computes
// only where gradients flow through both branches.
func TestStopGradient(t *testing.T) {
	for _, stop := range []string{"on", "off"} {
		for _, predictor := range []string{"7", "0"} {
			c, _, s := small(t, "simsiam", `{"stop_gradient":"`+stop+`","predictor":`+predictor+`}`, nil)
			m, err := mvssl.New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
			require.NoError(t, err)
			loss := func(tape *autograd.Tape[float64]) *autograd.Var[float64] {
				b, _ := made(tape, rand.New(rand.NewPCG(3, 4)), s, 0)
				return m.Loss(b).Loss
			}
			tape := autograd.NewTape[float64]()
			tape.Backward(loss(tape))
			// Along a random direction d of all the encoder's and projector's parameters:
			// (L(p + h·d) − L(p − h·d)) / 2h, wrong by the third derivative times h²/6 and by
			// 1e-16/h of rounding.
			const h = 1e-6
			rng, slope := rand.New(rand.NewPCG(5, 6)), 0.0
			var values, direction [][]float64
			for _, p := range m.Parameters() {
				if strings.HasPrefix(p.Name, "predictor.") {
					continue
				}
				d := make([]float64, p.Var.Value.Len())
				for i := range d {
					d[i] = rng.NormFloat64()
					slope += d[i] * p.Var.Grad.Data()[i]
				}
				values, direction = append(values, p.Var.Value.Data()), append(direction, d)
			}
			move := func(by float64) {
				for i, d := range direction {
					for j := range d {
						values[i][j] += by * d[j]
					}
				}
			}
			at := func(by float64) float64 {
				move(by)
				defer move(-by)
				return loss(autograd.NewFrozenTape[float64]()).Value.Item()
			}
			measured := (at(h) - at(-h)) / (2 * h)
			if stop == "off" {
				require.InDelta(t, measured, slope, 1e-6, "predictor %s", predictor)
			} else {
				require.Greater(t, abs(measured-slope), 1e-3, "predictor %s", predictor)
			}
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }
