package suite

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/nn"
	"entrec/reference"
	"entrec/tensor"
)

// TestTrainerFollowsTraces: the methods, networks and optimiser that train real
// encoders take the steps of the traces.
func TestTrainerFollowsTraces(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		if e.Name() != "train/simclr" && e.Name() != "train/simclr-er" {
			continue // the others' encoder is not among the trainer's
		}
		t.Run(e.Name(), func(t *testing.T) {
			c := s.Loaded[i]
			trace, err := c.Trace()
			require.NoError(t, err)
			method := method(t, c)
			recipe := nn.OptimizerConfig{Name: "sgd", Momentum: e.Attrs["momentum"].(float64), Nesterov: e.Attrs["nesterov"].(bool), DecayNorms: true}
			optimizer, err := nn.NewOptimizer(method.Parameters(), recipe)
			require.NoError(t, err)
			a := &reference.Answer{Out: map[string]*reference.Array{"loss": reference.NewArray(trace.Steps)}}
			for step := range trace.Steps {
				tape := autograd.NewTape[float64]()
				rows := trace.Step(c, step)
				images := tape.Constant(tensor.FromSlice(rows.Data, rows.Shape[0], 3, 2, 2))
				loss := method.Loss(mvssl.Batch[float64]{Groups: []*autograd.Var[float64]{images}, Samples: make([]int, rows.Shape[0]/2)}).Loss
				a.Out["loss"].Data[step] = loss.Value.Item()
				for _, p := range method.Parameters() {
					p.Var.ZeroGrad()
				}
				tape.Backward(loss)
				optimizer.Step(e.Attrs["lr"].(float64), e.Attrs["weight_decay"].(float64))
			}
			for _, p := range method.Parameters() {
				a.Out[p.Name] = reference.FromSlice(p.Var.Value.Data(), p.Var.Shape()...)
			}
			for _, d := range reference.Compare(c, a, tolerancesOf(c, e, "f64")) {
				require.Empty(t, d.Detail)
			}
		})
	}
}

// method returns the method of a trace with the trace's initial parameters.
func method(t *testing.T, c *reference.Case) mvssl.Method[float64] {
	t.Helper()
	name := strings.TrimPrefix(c.Op, "train/")
	row, err := mvssl.Find(name)
	require.NoError(t, err)
	config := mvssl.Config{
		Method: name, Projector: mvssl.ProjectorConfig{Hidden: 8, Out: 5},
		Encoder: nn.EncoderConfig{Name: "mlp", Width: 8, Channels: 3, Height: 2, ImgWidth: 2},
	}
	if name == "simclr" {
		config.Temperature = c.Attrs["temperature"].(float64)
	} else {
		config.Kappa, config.EntropyWeight = c.Attrs["kappa"].(float64), 1
	}
	m, err := row.New64(rand.New(rand.NewPCG(0, 0)), config, mvssl.Setting{Batch: 6, Steps: 5, Samples: 30})
	require.NoError(t, err)
	set := 0
	for _, p := range m.Parameters() {
		x := c.In[p.Name]
		require.NotNil(t, x, p.Name)
		require.Equal(t, x.Shape, p.Var.Shape(), p.Name)
		copy(p.Var.Value.Data(), x.Data)
		set++
	}
	require.Len(t, c.In, set+2) // and the views
	return m
}
