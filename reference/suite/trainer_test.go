package suite

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/reference"
	"entrec/tensor"
)

// TestTrainerFollowsTraces: the networks, methods and optimiser that train real
// encoders take the steps of SimCLR's traces, one of which has a momentum by
// Nesterov that no recipe has.
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
				loss := method.Loss(batchOf(tape, c, trace, step)).Loss
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

// batchOf returns what a method sees of the views in a step.
func batchOf(tape *autograd.Tape[float64], c *reference.Case, trace *reference.Trace, step int) mvssl.Batch[float64] {
	b := mvssl.Batch[float64]{Progress: mvssl.Progress{Step: step, Steps: trace.Steps, StepsPerEpoch: trace.Steps}}
	var rows []float64
	for _, name := range trace.Batch {
		if strings.HasPrefix(name, "view") {
			rows = append(rows, trace.Slice(c, name, step).Data...)
		}
	}
	images := tensor.FromSlice(rows, len(rows)/12, 3, 2, 2)
	b.Groups = []*autograd.Var[float64]{tape.Constant(images)}
	for i := range trace.Rows {
		b.Samples = append(b.Samples, i)
	}
	return b
}

// TestMethodsFollowTraces: each method by its own recipe, as the trainer makes its
// steps, takes those of its trace: losses, parameters, targets, queues and centres.
func TestMethodsFollowTraces(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		name, traced := strings.CutPrefix(e.Name(), "train/")
		if _, listed := e.Attrs["step"]; !traced || !listed {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c := s.Loaded[i]
			trace, err := c.Trace()
			require.NoError(t, err)
			config, recipe := recipeOf(t, name)
			row, err := mvssl.Find(name)
			require.NoError(t, err)
			method, err := row.New64(rand.New(rand.NewPCG(0, 0)), config, mvssl.Setting{Batch: trace.Rows, Steps: trace.Steps, Samples: 30})
			require.NoError(t, err)
			state := map[string]*autograd.Var[float64]{}
			method.State("", func(name string, v *autograd.Var[float64]) {
				state[name] = v
				if strings.HasSuffix(name, "projector.3.bias") {
					v.Value.Fill(0) // some traces have none
				}
			})
			for _, name := range trace.State {
				if name == "zero" { // dino-er's centre, which the method does without
					continue
				}
				require.NotNil(t, state[name], name)
				require.Equal(t, c.In[name].Shape, state[name].Shape(), name)
				copy(state[name].Value.Data(), c.In[name].Data)
			}
			stepper, err := train.NewStepper(method, recipe)
			require.NoError(t, err)
			a := &reference.Answer{Out: map[string]*reference.Array{"loss": reference.NewArray(trace.Steps)}}
			for step := range trace.Steps {
				tape := autograd.NewTape[float64]()
				if c.In["labels"] != nil {
					for i, row := range rowsOf(trace.Slice(c, "labels", step)) {
						state["labels"].Value.Data()[i] = float64(slices.Index(row, 1))
					}
				}
				b := batchOf(tape, c, trace, step)
				result := method.Loss(b)
				a.Out["loss"].Data[step] = result.Loss.Value.Item()
				stepper.Backward(tape, result)
				stepper.Update(b.Progress)
			}
			for _, name := range trace.Changed {
				a.Out[name] = reference.FromSlice(slices.Clone(state[name].Value.Data()), state[name].Shape()...)
			}
			for _, p := range method.Parameters() {
				require.True(t, p.Name == "projector.3.bias" || slices.Contains(trace.Trained(), p.Name), p.Name)
			}
			for _, d := range reference.Compare(c, a, tolerancesOf(c, e, "f64")) {
				require.Empty(t, d.Detail)
			}
		})
	}
}

// recipeOf returns the configuration and recipe of a method's trace: its own, with
// small networks, and schedules that show within three steps.
func recipeOf(t *testing.T, name string) (mvssl.Config, mvssl.Recipe) {
	t.Helper()
	row, err := mvssl.Find(name)
	require.NoError(t, err)
	c, r := row.Defaults()
	c.Method = name
	c.Encoder = nn.EncoderConfig{Name: "mlp", Width: 8, Channels: 3, Height: 2, ImgWidth: 2}
	c.Projector = mvssl.ProjectorConfig{Hidden: 8, Out: traceWidth}
	if row.Takes("predictor") {
		c.Predictor = 7
	}
	if row.Takes("prototypes") {
		c.Prototypes = tracePrototypes
	}
	if row.Takes("ema") {
		c.EMA = 0.9
	}
	return c, r
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
