package nn_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// trainingStep returns a step of an encoder with a projector on made-up images and
// labels: forward, loss, backward, update.
func trainingStep(tb testing.TB, config nn.EncoderConfig, optimizer string) (step func()) {
	rng := rand.New(rand.NewPCG(1, 2))
	encoder, err := nn.NewEncoder[float32](rng, config)
	require.NoError(tb, err)
	net := nn.Sequential[float32]{encoder, nn.NewProjector[float32](rng, encoder.Dim(), 64, 10)}
	params := nn.Parameters[float32](net)
	opt, err := nn.NewOptimizer(params, nn.OptimizerConfig{Name: nn.OptimizerName(optimizer), Momentum: 0.9})
	require.NoError(tb, err)
	pixels := make([]float32, 32*config.Channels*config.Height*config.ImgWidth)
	for i := range pixels {
		pixels[i] = float32(rng.NormFloat64())
	}
	images := tensor.FromChannelsLast(pixels, 32, config.Channels, config.Height, config.ImgWidth)
	labels := make([]int, 32)
	for i := range labels {
		labels[i] = rng.IntN(10)
	}
	tape := autograd.NewTape[float32]()
	return func() {
		loss := autograd.CrossEntropy(net.Forward(nn.Context{Training: true}, tape.Constant(images)), labels)
		for _, p := range params {
			p.ZeroGrad()
		}
		tape.Backward(loss)
		nn.ClipGradNorm(params, 10)
		opt.Step(0.01, 1e-4)
		tape.Reset()
	}
}

// steps are the encoders whose step is measured, and the optimizers they take.
var steps = []struct {
	config    nn.EncoderConfig
	optimizer string
}{
	{nn.EncoderConfig{Name: "resnet18", Width: 8, Channels: 3, Height: 32, ImgWidth: 32}, "sgd"},
	{nn.EncoderConfig{Name: "vit", Width: 32, Channels: 3, Height: 32, ImgWidth: 32}, "adamw"},
}

// TestSteadyState shows that a step, after the first, makes next to no garbage:
// its values and gradients take some 30 MB.
func TestSteadyState(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes garbage")
	}
	for _, s := range steps {
		step := trainingStep(t, s.config, s.optimizer)
		step()
		step()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 2 {
			step()
		}
		runtime.ReadMemStats(&after)
		bytes := float64(after.TotalAlloc-before.TotalAlloc) / 2
		t.Logf("%s: %.0f bytes a step", s.config.Name, bytes)
		require.Less(t, bytes, 1.5e6, s.config.Name)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, s := range steps {
		b.Run(s.config.Name, func(b *testing.B) {
			step := trainingStep(b, s.config, s.optimizer)
			step()
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
