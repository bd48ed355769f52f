package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/bench"
	"entrec/mvssl"
	"entrec/nn"
)

// here answers a question in this process.
func here(q question) (reply, error) { return q.answer() }

// TestRoofline: a ResNet-18 of width 16 takes 70 MFLOP forward (see docs/performance.md),
// and the tables have a row for each layer, which the totals hold.
func TestRoofline(t *testing.T) {
	s, err := parse([]string{"roofline", "--step", "w1b2f64", "--seconds", "0", "--steps", "1"}, io.Discard)
	require.NoError(t, err)
	r, err := measureStep[float64](s.steps[0], s, here)
	require.NoError(t, err)
	var table bytes.Buffer
	require.NoError(t, r.write(&table, false))
	took := 0.0
	for _, l := range r.Layers {
		require.Contains(t, table.String(), "| "+l.Name+" |")
		require.Positive(t, l.Forward, l.Name)
		require.Positive(t, l.Weight, l.Name)
		took += float64(l.Times) * (l.Forward + l.Input + l.Weight)
	}
	for _, o := range r.Operations {
		require.Contains(t, table.String(), "| "+o.Name+" |")
		require.Positive(t, o.Backward.Roof, o.Name)
		if o.holds > 0 { // what is a difference of two times may be anything
			require.Positive(t, o.Backward.Took, o.Name)
		}
		took += float64(o.Times) * (o.Forward.Took + o.Backward.Took)
	}
	require.Positive(t, r.Step)
	require.InDelta(t, took, r.All.Took, 1e-9*took) // roundings
	require.NoError(t, r.write(&table, true))
	_, err = measureStep[float64](s.steps[0], s, func(question) (reply, error) { return reply{}, io.ErrUnexpectedEOF })
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	var flops float64
	for _, l := range layersOf(16, 1) {
		l.measure(&roofline{GFLOPS: 1, GBPerS: 1}, 4)
		flops += float64(l.Times) * l.MFLOP
	}
	// 0.884736 + 13·4.718592 + 3·(2.359296 + 0.262144), but for roundings.
	require.InDelta(t, 70.090752, flops, 1e-9)
}

// TestLayersAreAll: the rows have all parameters of the model.
func TestLayersAreAll(t *testing.T) {
	cfg, err := bench.Step{Width: 3, Batch: 4, Double: true}.Config()
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	encoder, err := nn.NewEncoder[float64](rng, cfg.Model.Encoder)
	require.NoError(t, err)
	head := cfg.Model.Projector
	want := nn.CountParameters(encoder) + nn.CountParameters(nn.NewProjector[float64](rng, encoder.Dim(), head.Hidden, head.Out))
	operations, err := operationsOf(cfg, newProbe[float64](8, 0))
	require.NoError(t, err)
	layers, got := layersOf(3, 8), 0
	for _, l := range layers {
		got += l.Times * l.params()
	}
	for _, o := range operations {
		got += o.Times * o.params
	}
	require.Equal(t, want, got)
	require.Contains(t, operations[len(operations)-1].Name, fmt.Sprintf("%d parameters", want))
}

// TestPredict works out the memory of a step at width 1 by hand. The activations of the
// stages have 1024, 512, 256 and 128 values; each stage has the outputs of 5 convolutions
// and 2 blocks, the first the stem, too. Behind them there are 8 features, the projector's
// 512, 512 and 128, and in the objective twice 128 and a norm.
func TestPredict(t *testing.T) {
	cfg, err := bench.Step{Width: 1, Batch: 2}.Config()
	require.NoError(t, err)
	cfg.Batch = 1
	operations, err := operationsOf(cfg, newProbe[float32](2, 0))
	require.NoError(t, err)
	m := predict[float32](layersOf(1, 2), operations, 2)
	require.Equal(t, 4*2*(8*1024+7*(512+256+128)+8+512+512+128+2*128+1), m.Activations)
	// Convolutions: 9·(3 + 4·1 + 2 + 3·4 + 8 + 3·16 + 32 + 3·64) + 2 + 8 + 32; norms: 2·(5·(1 + 2 + 4 + 8) + 512);
	// the projector: 8·512 + 512·128 + 128.
	require.Equal(t, 4*(3*(9*301+42+2*(75+512)+4096+65536+128)+2*3*1024), m.State)
}

// TestGrowth: known powers are found, and each sweep measures something.
func TestGrowth(t *testing.T) {
	power := func(e float64) func(int) (float64, error) {
		return func(n int) (float64, error) { return 3 * math.Pow(float64(n), e), nil }
	}
	g, err := grow([]*sweep{
		{Name: "a", Cost: "ms", Size: "k", Sizes: []int{1, 2, 8}, measure: power(2)},
		{Name: "b", Cost: "MB", Size: "k", Sizes: []int{10, 20, 50}, measure: power(0.5)},
	}, 2, io.Discard)
	require.NoError(t, err)
	// A slope of three logarithms: some roundings of 2⁻⁵³.
	require.InDelta(t, 2, g.Sweeps[0].Exponent, 1e-14)
	require.InDelta(t, 0.5, g.Sweeps[1].Exponent, 1e-14)
	var table bytes.Buffer
	require.NoError(t, g.write(&table, false))
	require.Contains(t, table.String(), "| a | ms | k | 1: 3, 2: 12, 8: 192 | 2.00 |")
	require.NoError(t, g.write(&table, true))
	_, err = grow([]*sweep{{Name: "a", Cost: "ms", Size: "k", Sizes: []int{1}, measure: func(int) (float64, error) { return 0, nil }}}, 1, io.Discard)
	require.ErrorContains(t, err, "a, k 1: measured 0 ms, expected more than 0")

	s, err := parse([]string{"growth", "--steps", "1", "--seconds", "0"}, io.Discard)
	require.NoError(t, err)
	for _, w := range sweeps(s, here)[2:] {
		cost, err := w.measure(8)
		require.NoError(t, err)
		require.Positive(t, cost, w.Name)
	}
}

// TestMethods: every method is measured on its encoder, and SimCLR is as costly as itself.
func TestMethods(t *testing.T) {
	s, err := parse([]string{"methods", "--steps", "1", "--rounds", "1"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []bench.Step{{Width: 8, Batch: 64}}, s.steps)
	steps := methodSteps(bench.Step{Width: 1, Batch: 4})
	require.Len(t, steps, len(mvssl.Rows()))
	for _, step := range steps {
		_, err := step.config(step.method)
		require.NoError(t, err, step.method)
	}
	some := slices.DeleteFunc(steps, func(s methodStep) bool { return !slices.Contains([]string{"simclr", "swav", "cpc"}, s.method) })
	c, err := compareMethods(some, s, io.Discard)
	require.NoError(t, err)
	var table bytes.Buffer
	require.NoError(t, c.write(&table, false))
	for _, start := range []string{"| simclr | resnet18 | 2048 |", "| swav | resnet18 | ", "| cpc | patchnet | 2048 |"} {
		require.Contains(t, table.String(), start)
	}
	for _, x := range c.Costs {
		require.Positive(t, x.Ratio, x.Method)
	}
	require.NoError(t, c.write(&table, true))
	some[0].method = "chess"
	_, err = compareMethods(some, s, io.Discard)
	require.ErrorContains(t, err, "chess: ")
}

func TestAnswer(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, answer(`{"step":{"width":1,"batch":2},"repeats":1}`, &out))
	var r reply
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	require.Positive(t, r.ImagesPerSecond)
	require.ErrorContains(t, answer("{}", &out), "neither a step nor an objective")
	require.Error(t, answer("{", &out))
}

func TestParseRefuses(t *testing.T) {
	for _, args := range [][]string{
		nil, {"chess"}, {"growth", "--rounds", "0"}, {"growth", "--step", "w1b1"}, {"roofline", "--seconds", "-1"}, {"roofline", "--seconds", "NaN"},
		{"roofline", "--step", "w16"}, {"roofline", "more"}, {"roofline", "--nonsense"}, {"methods", "--step", "w1b1"}, {"methods", "--rounds", "0"}, {"roofline", "--steps", "0"},
	} {
		var said bytes.Buffer
		_, err := parse(args, &said)
		require.Error(t, err, "%v", args)
		require.NotEmpty(t, said.String(), "%v", args)
	}
}
