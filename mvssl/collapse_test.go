package mvssl

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// toy builds a method for images of 2×2, with the parameters given as a JSON object.
func toy(t *testing.T, method, parameters string) Method[float64] {
	t.Helper()
	row, err := Find(method)
	require.NoError(t, err)
	var given map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(parameters), &given))
	s := Setting{Samples: 64, Batch: 64, Steps: 400}
	c, err := row.Configure(nn.EncoderConfig{Name: "mlp", Width: 16, Channels: 1, Height: 2, ImgWidth: 2}, ProjectorConfig{Hidden: 16, Out: 8}, given, s)
	require.NoError(t, err)
	m, err := row.New64(Build{c, s, rand.New(rand.NewPCG(1, 2))})
	require.NoError(t, err)
	return m
}

// toyBatch returns two views of n points in four dimensions: the points, moved by
// a little noise.
func toyBatch(tape *autograd.Tape[float64], rng *rand.Rand, n int) Batch[float64] {
	x := tensor.New[float64](2*n, 1, 2, 2)
	for i := range 4 * n {
		v := rng.NormFloat64()
		x.Data()[i], x.Data()[4*n+i] = v+0.1*rng.NormFloat64(), v+0.1*rng.NormFloat64()
	}
	return NewBatch(Progress{}, make([]int, n), tape.Constant(x))
}

// spread trains a method by SGD and returns the logarithm of the mean over pairs of
// e^(−2·distance²) of projections, before and after: 0 is a single point.
func spread(t *testing.T, m Method[float64], lr float64) (before, after float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	opt, err := nn.NewOptimizer(m.Parameters(), nn.OptimizerConfig{Name: "sgd", Momentum: 0.9})
	require.NoError(t, err)
	measure := func() float64 {
		x := toyBatch(autograd.NewFrozenTape[float64](), rand.New(rand.NewPCG(9, 9)), 64)
		return objective.Uniformity(m.Project(x.Whole()), 2).Value.Item()
	}
	before = measure()
	tape := autograd.NewTape[float64]()
	for range 400 {
		r := m.Loss(toyBatch(tape, rng, 64))
		for _, p := range m.Parameters() {
			p.ZeroGrad()
		}
		tape.Backward(r.Loss)
		if f, ok := m.(Freezer); ok {
			f.Freeze(Progress{})
		}
		opt.Step(lr, 0)
		if u, ok := m.(Updater); ok {
			u.Update(Progress{})
		}
		tape.Reset()
	}
	return before, measure()
}

// TestCollapse takes the predictor and the target's lag from BYOL, and the predictor
// and the stop of gradients from SimSiam, as the paper's Figure 2 does: the projections
// of all points become one. With the entropy in the objective, they stay apart.
func TestCollapse(t *testing.T) {
	const bare = `{"predictor":0,"ema":0,"ema_schedule":"constant"}`
	for _, test := range []struct {
		method, parameters string
		lr                 float64
		collapses          bool
	}{
		{"byol", bare, 0.05, true},
		{"byol", `{"predictor":0,"ema":0,"ema_schedule":"constant","stop_gradient":"off"}`, 0.05, true},
		{"simsiam", `{"predictor":0,"stop_gradient":"off"}`, 0.2, true}, // its loss is a fourth of BYOL's
		{"byol-er", bare, 0.05, false},
	} {
		before, after := spread(t, toy(t, test.method, test.parameters), test.lr)
		t.Logf("%s: %.4f before, %.4f after", test.method, before, after)
		require.Less(t, before, -0.1, test.method)
		if test.collapses {
			require.Greater(t, after, -0.02, test.method)
		} else {
			require.Less(t, after, before, test.method)
		}
	}
}

// TestUniformOrder checks that an epoch's order has as many places for each cluster
// that has samples, within what rounding and the last cut take, that the entropy of
// W over it is near log c, and that it is a function of its arguments.
func TestUniformOrder(t *testing.T) {
	const n, clusters = 1000, 10
	labels := make([]float32, n)
	for i := range labels { // cluster 0 is large, 1 is empty, 9 has one sample
		switch {
		case i < 700:
		case i == n-1:
			labels[i] = 9
		default:
			labels[i] = float32(2 + i%7)
		}
	}
	order := uniformOrder(rand.New(rand.NewPCG(1, 1)), labels, clusters)
	require.Len(t, order, n)
	var count [clusters]float64
	for _, i := range order {
		count[int(labels[i])]++
	}
	h := 0.0
	for l, k := range count {
		if l == 1 {
			require.Zero(t, k)
			continue
		}
		require.InDelta(t, n/9+1, k, 9) // 9·112 places cut to 1000
		h -= k / n * math.Log(k/n)
	}
	require.Greater(t, h, 0.999*math.Log(9))
	require.Equal(t, order, uniformOrder(rand.New(rand.NewPCG(1, 1)), labels, clusters))
	require.NotEqual(t, order, uniformOrder(rand.New(rand.NewPCG(1, 2)), labels, clusters))
}

// TestEMABase holds the base momentum against BYOL's published ones, for 40, 300 and
// 1000 epochs of ImageNet at batch 4096.
func TestEMABase(t *testing.T) {
	const perEpoch = 1281167 / 4096
	for _, test := range []struct {
		epochs int
		base   float64
	}{{40, 0.97}, {300, 0.99}, {1000, 0.996}} {
		got := EMABase(test.epochs*perEpoch, 0)
		require.Less(t, math.Abs(math.Log((1-got)/(1-test.base))), 0.15, "%d epochs: %v", test.epochs, got)
	}
	require.Equal(t, 0.95, EMABase(1000, 0.95))
	require.Equal(t, 0.95, EMABase(0, 0.95))
}

// TestQueue checks what lengths of queues are chosen and refused.
func TestQueue(t *testing.T) {
	require.Equal(t, 4096, fitQueue(4096, 128, 50000))
	require.Equal(t, 3968, fitQueue(4096, 128, 8000))
	require.Equal(t, 16, fitQueue(4096, 16, 60))
	require.Equal(t, 128, fitQueue(4096, 128, 60))
	require.NoError(t, checkQueue(256, 128, "batch", 1000))
	require.EqualError(t, checkQueue(300, 128, "batch", 1000), "queue 300 must be a multiple of 128 (batch): --queue 256 or 384 would do")
	require.EqualError(t, checkQueue(100, 128, "batch", 1000), "queue 100 must be a multiple of 128 (batch): --queue 128 would do")
	require.EqualError(t, checkQueue(1024, 128, "batch", 1000), "queue 1024 is more than the 1000 projections of an epoch: at most --queue 896 would do")
}
