package suite

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/reference/golden"
	"entrec/reference/trace"
	"entrec/tensor"
)

// TestTrainerFollowsTraces: the networks, methods and optimizer that train real
// encoders take the steps of SimCLR's traces, one of which has a momentum by
// Nesterov that no recipe has.
func TestTrainerFollowsTraces(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		if e.Name() != "train/simclr" && e.Name() != "train/simclr-er" {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			c := s.Loaded[i]
			read, err := trace.Read(c)
			require.NoError(t, err)
			method := method(t, c)
			recipe := nn.OptimizerConfig{Name: "sgd", Momentum: e.Attrs["momentum"].(float64), Nesterov: e.Attrs["nesterov"].(bool), DecayNorms: true}
			optimizer, err := nn.NewOptimizer(method.Parameters(), recipe)
			require.NoError(t, err)
			a := &golden.Answer{Out: map[string]*golden.Array{"loss": golden.NewArray(read.Steps)}}
			for step := range read.Steps {
				tape := autograd.NewTape[float64]()
				loss := method.Loss(batchOf(tape, c, read, step)).Loss
				a.Out["loss"].Data[step] = loss.Value.Item()
				for _, p := range method.Parameters() {
					p.Var.ZeroGrad()
				}
				tape.Backward(loss)
				optimizer.Step(e.Attrs["lr"].(float64), e.Attrs["weight_decay"].(float64))
			}
			for _, p := range method.Parameters() {
				a.Out[p.Name] = golden.FromSlice(p.Var.Value.Data(), p.Var.Shape()...)
			}
			for _, d := range golden.Compare(c, a, e.TolerancesFor(golden.F64)) {
				require.Empty(t, d.Detail)
			}
		})
	}
}

// batchOf returns what a method sees of the views in a step.
func batchOf(tape *autograd.Tape[float64], c *golden.Case, read *trace.Trace, step int) mvssl.Batch[float64] {
	var shapes [][]int // of the groups: consecutive views of one size
	var groups [][]float64
	for _, name := range read.Batch {
		if name == "labels" {
			continue
		}
		x := read.Slice(c, name, step)
		shape := x.Shape
		if len(shape) == 2 { // the pixels of the MLP
			shape = []int{shape[0], 3, 2, 2}
		}
		if n := len(shapes) - 1; n >= 0 && slices.Equal(shapes[n][1:], shape[1:]) {
			shapes[n][0] += shape[0]
			groups[n] = append(groups[n], x.Data...)
		} else {
			shapes, groups = append(shapes, slices.Clone(shape)), append(groups, slices.Clone(x.Data))
		}
	}
	var bySize []*autograd.Var[float64]
	for i, rows := range groups {
		bySize = append(bySize, tape.Constant(tensor.FromSlice(rows, shapes[i]...)))
	}
	samples := make([]int, read.Rows)
	for i := range samples {
		samples[i] = i
	}
	at := mvssl.Progress{Step: step, Steps: read.Steps, StepsPerEpoch: read.Steps}
	return mvssl.NewBatch(at, samples, bySize...)
}

// TestMethodsFollowTraces: each method by its own recipe, as the trainer makes its
// steps, takes those of its trace: losses, parameters, targets, queues and centers.
func TestMethodsFollowTraces(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		if _, listed := e.Attrs["step"]; !listed || !strings.HasPrefix(e.Op, "train/") {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			c := s.Loaded[i]
			read, err := trace.Read(c)
			require.NoError(t, err)
			config := configOf(t, strings.TrimPrefix(c.Op, "train/"))
			if strings.HasSuffix(e.Name(), "-convnet") {
				config.Encoder = nn.EncoderConfig{Name: "convnet", Width: 2, Channels: 3, Height: 8, ImgWidth: 8}
			}
			row, err := mvssl.Find(config.Method)
			require.NoError(t, err)
			method, err := row.New64(mvssl.Build{
				Config: config, Setting: mvssl.Setting{Batch: read.Rows, Steps: read.Steps, Samples: 30},
				Rand: rand.New(rand.NewPCG(0, 0)),
			})
			require.NoError(t, err)
			state := map[string]*autograd.Var[float64]{}
			method.State("", func(name string, v *autograd.Var[float64]) {
				state[name] = v
				if strings.HasSuffix(name, "projector.3.bias") {
					v.Value.Fill(0) // some traces have none
				}
			})
			for _, name := range read.State {
				if name == "zero" || strings.HasPrefix(name, "plain.") { // dino-er's center, er-discrete's batch norm: what the methods do without
					continue
				}
				require.NotNil(t, state[name], name)
				require.Equal(t, c.In[name].Shape, state[name].Shape(), name)
				copy(state[name].Value.Data(), c.In[name].Data)
			}
			stepper, err := train.NewStepper(method, recipeOf(read))
			require.NoError(t, err)
			a := &golden.Answer{Out: map[string]*golden.Array{"loss": golden.NewArray(read.Steps)}}
			for step := range read.Steps {
				tape := autograd.NewTape[float64]()
				if c.In["labels"] != nil {
					for i, row := range rowsOf(read.Slice(c, "labels", step)) {
						state["labels"].Value.Data()[i] = float64(slices.Index(row, 1))
					}
				}
				b := batchOf(tape, c, read, step)
				result := method.Loss(b)
				a.Out["loss"].Data[step] = result.Loss.Value.Item()
				stepper.Backward(tape, result)
				stepper.Update(b.Progress)
			}
			for _, name := range read.Changed {
				a.Out[name] = golden.FromSlice(slices.Clone(state[name].Value.Data()), state[name].Shape()...)
			}
			for _, p := range method.Parameters() {
				require.True(t, p.Name == "projector.3.bias" || slices.Contains(read.Trained(), p.Name), p.Name)
			}
			for _, d := range golden.Compare(c, a, e.TolerancesFor(golden.F64)) {
				require.Empty(t, d.Detail)
			}
		})
	}
}

// traceParameters are the values of parameters that the traces have, by name, and
// those of single methods over them.
var (
	traceParameters = map[string]any{
		"predictor": 7, "prototypes": tracePrototypes, "ema": 0.9, "freeze": 0.3, "local_crops": 1,
		"kappa": 5, "entropy_weight": 1, "temperature": 0.1,
		"teacher_temperature_start": 0.1, "teacher_temperature": 0.04, "teacher_warmup": 0.7, "center_momentum": 0.9,
		"epsilon": 0.05, "iterations": 3,
		"alpha": 2, "t": 2, "alignment_weight": 1, "uniformity_weight": 1,
		"lambda": 0.005, "invariance_weight": 25, "variance_weight": 25, "covariance_weight": 1,
		"koleo_weight": 0.5, "momentum": 0.9, "rho": 8, "decay": 0.25, "eps": 0.01,
	}
	traceParametersOf = map[string]map[string]any{
		"simclr": {"temperature": 0.2}, "dcl": {"temperature": 0.2}, "dhel": {"temperature": 0.2}, "er-discrete": {"temperature": 0.5},
		"moco": {"temperature": 0.2, "queue": 4 * traceBatch, "bn_splits": 1},
		"swav": {"queue": 2 * traceBatch},
	}
)

// configOf returns the configuration of a method's trace: small networks, and
// schedules that show within three steps.
func configOf(t *testing.T, name string) mvssl.Config {
	t.Helper()
	row, err := mvssl.Find(name)
	require.NoError(t, err)
	given := map[string]json.RawMessage{}
	for _, p := range row.Describe() {
		value, there := traceParametersOf[name][p.Name]
		if !there {
			value, there = traceParameters[p.Name]
		}
		if there {
			given[p.Name], err = json.Marshal(value)
			require.NoError(t, err)
		}
	}
	c, err := mvssl.Complete(mvssl.Config{
		Method:    name,
		Encoder:   nn.EncoderConfig{Name: "mlp", Width: 8, Channels: 3, Height: 2, ImgWidth: 2},
		Projector: mvssl.ProjectorConfig{Hidden: 8, Out: traceWidth},
	}, given)
	require.NoError(t, err)
	return c
}

// recipeOf returns the recipe that a trace follows.
func recipeOf(read *trace.Trace) mvssl.Recipe {
	r := mvssl.Recipe{DecayNorms: true, Schedule: mvssl.Cosine, Accumulate: 1}
	for _, a := range read.Actions {
		switch a.Do {
		case trace.Gradients:
			if a.Clip > 0 {
				r = r.WithClipEach(a.Clip)
			}
		case trace.Update:
			r.Optimizer = nn.OptimizerName(strings.TrimSuffix(a.Op, "_step"))
			r = r.WithWeightDecay(a.Attrs["weight_decay"].(float64))
			if momentum, there := a.Attrs["momentum"]; there {
				r.Momentum = momentum.(float64)
			}
			if falling, ok := a.Attrs["lr"].([]any); ok {
				r.LR = falling[0].(float64)
			}
		}
	}
	return r
}

// method returns the method of a trace with the trace's initial parameters.
func method(t *testing.T, c *golden.Case) mvssl.Method[float64] {
	t.Helper()
	name := strings.TrimPrefix(c.Op, "train/")
	row, err := mvssl.Find(name)
	require.NoError(t, err)
	m, err := row.New64(mvssl.Build{
		Config: configOf(t, name), Setting: mvssl.Setting{Batch: 6, Steps: 5, Samples: 30},
		Rand: rand.New(rand.NewPCG(0, 0)),
	})
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
