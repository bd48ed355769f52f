package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/nn"
	"entrec/tensor"
)

// saying returns a contestant who answers the same in every turn.
func saying(t *testing.T, name string, a answer) contestant {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: no sh")
	}
	text, err := json.Marshal(a)
	require.NoError(t, err)
	return contestant{name: name, command: []string{shell, "-c", "cat <<'END'\n" + string(text) + "\nEND\n"}}
}

// TestTurn takes a turn of each contestant in Go in each comparison, and asks for
// what does not exist.
func TestTurn(t *testing.T) {
	s, err := parse([]string{"--seconds", "0", "--steps", "1", "--threads", "1", "--step", "w1b2"}, nil)
	require.NoError(t, err)
	for _, h := range heats(s) {
		task := h.task
		switch task.Comparison {
		case "gemm":
			task.Cases = []item{{Name: "case", Type: "f32", M: 32, N: 32, K: 32}}
		case "objectives":
			for i := range task.Cases {
				task.Cases[i].K = 16
			}
		}
		for _, name := range append([]string{"entrec"}, h.rivals...) {
			if name != "entrec" && name != "vek" && name != "gonum" {
				continue
			}
			question, err := json.Marshal(task)
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, answerTurn(name, string(question), &out))
			var a answer
			require.NoError(t, json.Unmarshal(out.Bytes(), &a))
			for _, c := range task.Cases {
				require.Greater(t, a.Values[c.Name], 0., "%s: %s", name, c.Name)
			}
			if task.Comparison == "gemm" {
				require.Equal(t, product32, a.Checks["case"], name)
			}
		}
	}
	require.Error(t, answerTurn("entrec", "{", &bytes.Buffer{}))
	require.ErrorContains(t, answerTurn("entrec", `{"comparison":"chess","threads":1,"cases":[{"name":"x"}]}`, &bytes.Buffer{}), `no comparison "chess"`)
	require.ErrorContains(t, answerTurn("vek", `{"comparison":"gemm","threads":1,"cases":[{"name":"x","type":"f64"}]}`, &bytes.Buffer{}), "no product of type f64")
}

// product32 is the check of the 32×32×32 product, from three loops in Python.
const product32 = -5095.0

// TestCompete: rivals that are missing or fail are left out and named, medians and
// ratios come out right, and who disagrees ends it.
func TestCompete(t *testing.T) {
	s, err := parse([]string{"--only", "gemm,objectives", "--threads", "1", "--rounds", "2"}, nil)
	require.NoError(t, err)
	say := func(name string, value, check float64) contestant {
		a := answer{Version: "1.2", Values: map[string]float64{}, Checks: map[string]float64{}, PeakRSS: 3e6}
		for _, h := range heats(s) {
			for _, c := range h.Cases {
				a.Values[c.Name], a.Checks[c.Name] = value, check
			}
		}
		return saying(t, name, a)
	}
	all := map[string]contestant{
		"entrec": say("entrec", 6, 1), "openblas": say("openblas", 4, 1), "torch": say("torch", 9, 1),
		"vek":   {name: "vek", missing: "not here"},
		"gonum": {name: "gonum", command: []string{"sh", "-c", "echo broken >&2; exit 3"}},
	}
	var shouted, table bytes.Buffer
	r, err := compete(s, all, &shouted)
	require.NoError(t, err)
	require.Contains(t, shouted.String(), "*** MISSING: vek: not here ***")
	require.Contains(t, shouted.String(), "*** MISSING: gonum: gonum: exit status 3: broken ***")
	require.Len(t, r.Missing, 2)
	for _, x := range r.Results {
		want := map[string]float64{"entrec": 1, "openblas": 1.5, "torch": 1.5}[x.Contestant]
		require.Equal(t, want, x.Ahead, "%+v", x)
		require.Len(t, x.Values, 2)
	}
	require.NoError(t, r.write(&table, false))
	require.Contains(t, table.String(), "MISSING: vek: not here")
	require.Contains(t, table.String(), "openblas: 1.2")
	require.NoError(t, r.write(&table, true))

	all["openblas"] = say("openblas", 4, 2)
	_, err = compete(s, all, &shouted)
	require.ErrorContains(t, err, "openblas and entrec disagree on f32 512×512×512: 2 and 1")
}

// TestLayers: a ResNet-18 of width 16 takes 70 MFLOP forward (see docs/performance.md),
// and the tables have a row for each layer, which the totals hold.
func TestLayers(t *testing.T) {
	defer tensor.SetThreads(tensor.Threads())
	s, err := parse([]string{"--only", "layers", "--step", "w1b2f64", "--seconds", "0", "--steps", "1"}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"layers"}, s.only)
	r, err := measureStep[float64](s.step[0], s, func(t task) (answer, error) { return turn("entrec", t) })
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
	_, err = measureStep[float64](s.step[0], s, func(task) (answer, error) { return answer{}, io.ErrUnexpectedEOF })
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
	cfg, err := stepConfig(item{Width: 3, Batch: 4, Type: "f64"})
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
	cfg, err := stepConfig(item{Width: 1, Batch: 1, Type: "f32"})
	require.NoError(t, err)
	operations, err := operationsOf(cfg, newProbe[float32](2, 0))
	require.NoError(t, err)
	m := predict[float32](layersOf(1, 2), operations, 2)
	require.Equal(t, 4*2*(8*1024+7*(512+256+128)+8+512+512+128+2*128+1), m.Activations)
	// Convolutions: 9·(3 + 4·1 + 2 + 3·4 + 8 + 3·16 + 32 + 3·64) + 2 + 8 + 32; norms: 2·(5·(1 + 2 + 4 + 8) + 512);
	// the projector: 8·512 + 512·128 + 128.
	require.Equal(t, 4*(3*(9*301+42+2*(75+512)+4096+65536+128)+2*3*1024), m.State)
}

// TestGrowth: known powers are found and drawn, and each sweep measures something.
func TestGrowth(t *testing.T) {
	defer tensor.SetThreads(tensor.Threads())
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
	file := filepath.Join(t.TempDir(), "growth.svg")
	require.NoError(t, g.draw(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "a, by k: 2.00")
	var table bytes.Buffer
	require.NoError(t, g.write(&table, false))
	require.Contains(t, table.String(), "| a | ms | k | 1: 3, 2: 12, 8: 192 | 2.00 |")
	require.NoError(t, g.write(&table, true))

	s, err := parse([]string{"--only", "growth", "--steps", "1", "--seconds", "0"}, nil)
	require.NoError(t, err)
	for _, w := range sweeps(s, func(t task) (answer, error) { return turn("entrec", t) })[2:] {
		cost, err := w.measure(8)
		require.NoError(t, err)
		require.Positive(t, cost, w.Name)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"--only", "chess"}, {"--rounds", "0"}, {"--seconds", "-1"}, {"--seconds", "NaN"}, {"--step", "w16"}, {"--step", "w16b256f16"}, {"--step", "w0b256"}, {"--step", "w16b0"}, {"more"}, {"--nonsense"}, {"--only", "step,growth"},
	} {
		_, err := parse(args, &bytes.Buffer{})
		require.Error(t, err, "%v", args)
	}
	s, err := parse([]string{"--step", "w16b256,w4b8f64"}, nil)
	require.NoError(t, err)
	require.Equal(t, []item{
		{Name: "simclr resnet18 w16 b256 f32", Type: "f32", Width: 16, Batch: 256},
		{Name: "simclr resnet18 w4 b8 f64", Type: "f64", Width: 4, Batch: 8},
	}, s.step)
}
