package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/nn"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// torchLayers answers three questions: how PyTorch initializes layers; what a
// Sequential makes of rows, in training and in evaluation, with its gradients; and
// what weight_norm with its gain fixed does.
const torchLayers = `
import torch
import torch.nn as nn
import torchvision
torch.manual_seed(3)

def spread(t):
    return {"Max": t.abs().max().item(), "Mean": t.double().mean().item(), "Std": t.double().std(unbiased=False).item()}
linear, conv = nn.Linear(400, 300), nn.Conv2d(30, 60, 3)
res = torchvision.models.resnet18().layer2[0].conv1
init = [spread(t) for t in (linear.weight, linear.bias, conv.weight, conv.bias, res.weight)]

def run(case):
    m = eval(case["Torch"]).double()
    state = m.state_dict()
    assert [n for n in state] == [s["Name"] for s in case["State"]], (list(state), case["State"])
    m.load_state_dict({s["Name"]: torch.tensor(s["Data"], dtype=torch.float64).reshape(state[s["Name"]].shape) for s in case["State"]})
    x = torch.tensor(case["X"], dtype=torch.float64).reshape(6, -1)
    y = m(x)
    y.backward(torch.tensor(case["CT"], dtype=torch.float64).reshape(y.shape))
    grads = [p.grad.flatten().tolist() for p in m.parameters()]
    return {"Train": y.flatten().tolist(), "Eval": m.eval()(x).flatten().tolist(), "Grads": grads}

w = x["Weights"]
layer = nn.utils.weight_norm(nn.Linear(5, 7, bias=False)).double()
with torch.no_grad():
    layer.weight_g.fill_(1)
    layer.weight_v.copy_(torch.tensor(w["V"], dtype=torch.float64).reshape(7, 5))
z = layer(torch.tensor(w["X"], dtype=torch.float64).reshape(4, 5))
z.backward(torch.tensor(w["CT"], dtype=torch.float64).reshape(4, 7))
y = {"Init": init, "MLPs": [run(c) for c in x["MLPs"]], "Y": z.flatten().tolist(), "V": layer.weight_v.grad.flatten().tolist()}
`

type plainState struct {
	Name string
	Data []float64
}

type spread struct{ Max, Mean, Std float64 }

func spreadOf(x []float64) spread {
	var s spread
	n := float64(len(x))
	for _, v := range x {
		s.Max = max(s.Max, math.Abs(v))
		s.Mean += v / n
	}
	for _, v := range x {
		s.Std += (v - s.Mean) * (v - s.Mean) / n
	}
	s.Std = math.Sqrt(s.Std)
	return s
}

// TestLayersAgainstTorch holds initializers, the heads of the official
// repositories and the gradient through a weight's norm against PyTorch.
func TestLayersAgainstTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: PyTorch")
	}
	heads := []struct {
		torch  string
		config nn.MLPConfig
	}{
		{"nn.Sequential(nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))", nn.MLPConfig{Widths: []int{5, 8, 3}, Norm: true, LastBias: true}},
		{"nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3, bias=False))", nn.MLPConfig{Widths: []int{5, 8, 3}, Norm: true, Bias: true}},
		{"nn.Sequential(nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 4, bias=False), nn.BatchNorm1d(4, affine=False))",
			nn.MLPConfig{Widths: []int{5, 8, 8, 4}, Norm: true, LastNorm: nn.PlainNorm}},
		{"nn.Sequential(nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 4, bias=False), nn.BatchNorm1d(4))", nn.MLPConfig{Widths: []int{5, 8, 4}, Norm: true, LastNorm: nn.AffineNorm}},
		{"nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3))", nn.MLPConfig{Widths: []int{5, 8, 8, 3}, GELU: true, Bias: true, LastBias: true}},
		{"nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Linear(8, 3))", nn.MLPConfig{Widths: []int{5, 8, 3}, Norm: true, GELU: true, Bias: true, LastBias: true}},
		{"nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))", nn.MLPConfig{Widths: []int{5, 8, 3}, Bias: true, LastBias: true}},
		{"nn.Sequential(nn.Linear(5, 3, bias=False))", nn.MLPConfig{Widths: []int{5, 3}}},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		s := make([]float64, n)
		for i := range s {
			s[i] = rng.NormFloat64()
		}
		return s
	}
	type mlpCase struct {
		Torch string
		State []plainState
		X, CT []float64
	}
	question := struct {
		MLPs    []mlpCase
		Weights map[string][]float64
	}{Weights: map[string][]float64{"V": draw(35), "X": draw(20), "CT": draw(28)}}
	var modules []*nn.MLP[float64]
	for _, h := range heads {
		m := nn.NewMLP[float64](rng, h.config)
		modules = append(modules, m)
		c := mlpCase{Torch: h.torch, X: draw(30), CT: draw(6 * h.config.Widths[len(h.config.Widths)-1])}
		for _, s := range nn.State[float64](m) {
			if s.Value.Rank() == 1 {
				for i := range s.Value.Data() {
					s.Value.Data()[i] += rng.Float64()
				}
			}
			c.State = append(c.State, plainState{s.Name, append([]float64{}, s.Value.Data()...)})
		}
		question.MLPs = append(question.MLPs, c)
	}
	var answer struct {
		Init []spread
		MLPs []struct {
			Train, Eval []float64
			Grads       [][]float64
		}
		Y, V []float64
	}
	foreign.Run(t, []string{"torch", "torchvision"}, torchLayers, question, &answer)

	linear, conv := nn.NewLinear[float64](rng, 400, 300, nn.WithBias), nn.NewConv2d[float64](rng, 30, 60, 3, 1, 1, nn.WithBias)
	res := parameter(t, nn.NewResNet[float64](rng, 3, 64, nn.BasicBlock, [4]int{1, 1, 1, 1}), "layer2.0.conv1.weight")
	for i, x := range []*autograd.Var[float64]{linear.Weight, linear.Bias, conv.Weight, conv.Bias, res} {
		n := float64(x.Value.Len())
		got, want := spreadOf(x.Value.Data()), answer.Init[i]
		// Five standard errors of each of the two samples, a uniform's or a normal's.
		require.LessOrEqual(t, math.Abs(got.Mean-want.Mean), 2*5*want.Std/math.Sqrt(n), "layer %d", i)
		require.LessOrEqual(t, math.Abs(got.Std/want.Std-1), 2*5/math.Sqrt(2*n), "layer %d", i)
		if i < 4 { // the largest of n uniform numbers is within 15/n of the bound but for one case in a million
			bound := 1 / math.Sqrt([]float64{400, 400, 270, 270}[i])
			require.LessOrEqual(t, got.Max, bound, "layer %d", i)
			require.LessOrEqual(t, want.Max, bound, "layer %d", i)
			require.GreaterOrEqual(t, got.Max, bound*(1-15/n), "layer %d", i)
			require.GreaterOrEqual(t, want.Max, bound*(1-15/n), "layer %d", i)
		}
	}

	// Some layers of sums of 8 terms.
	const bound = 1e-13
	tape := autograd.NewTape[float64]()
	for i, m := range modules {
		c := question.MLPs[i]
		x := tape.Constant(tensor.FromSlice(c.X, 6, 5))
		y := m.Forward(nn.Context{Training: true}, x)
		tape.BackwardFrom([]*autograd.Var[float64]{y}, []*tensor.Tensor[float64]{tensor.FromSlice(c.CT, y.Shape()...)})
		requireClose(t, c.Torch+": training", y.Value.Data(), answer.MLPs[i].Train, bound)
		var grads, want []float64 // together, since those of biases behind which there is a norm are 0
		for j, p := range nn.Parameters[float64](m) {
			grads, want = append(grads, p.Grad.Data()...), append(want, answer.MLPs[i].Grads[j]...)
		}
		requireClose(t, c.Torch+": gradients", grads, want, bound)
		requireClose(t, c.Torch+": evaluation", m.Forward(nn.Context{}, x).Value.Data(), answer.MLPs[i].Eval, bound)
	}

	// Prototypes whose norm does not count: a Linear behind Normalize.
	w := question.Weights
	v := autograd.Param(tensor.FromSlice(w["V"], 7, 5))
	y := autograd.Linear(tape.Constant(tensor.FromSlice(w["X"], 4, 5)), autograd.Normalize(v, 1e-12), nil)
	tape.BackwardFrom([]*autograd.Var[float64]{y}, []*tensor.Tensor[float64]{tensor.FromSlice(w["CT"], 4, 7)})
	requireClose(t, "weight norm", y.Value.Data(), answer.Y, bound)
	requireClose(t, "weight norm's gradient", v.Grad.Data(), answer.V, bound)
}

// parameter returns a module's parameter of that name.
func parameter(t *testing.T, m nn.Module[float64], name string) *autograd.Var[float64] {
	for _, p := range nn.Parameters(m) {
		if p.Name == name {
			return p.Var
		}
	}
	t.Fatalf("there is no parameter %s", name)
	return nil
}

// TestLayers tries the layers that do not need PyTorch to be checked.
func TestLayers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	tape := autograd.NewTape[float64]()
	images := tape.Constant(tensor.ChannelsLast(tensor.New[float64](2, 3, 4, 4)))
	images.Value.Fill(-1)
	net := nn.Sequential[float64]{
		nn.NewConv2d[float64](rng, 3, 5, 3, 2, 1, nn.NoBias), nn.NewBatchNorm[float64](5), nn.ReLU[float64]{},
		nn.Flatten[float64]{}, nn.NewLinear[float64](rng, 5*2*2, 7, nn.WithBias), nn.NewLayerNorm[float64](7, 1e-5),
	}
	var names []string
	for _, s := range nn.State[float64](net) {
		names = append(names, s.Name)
	}
	require.Equal(t, "0.weight 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked 4.weight 4.bias 5.weight 5.bias", strings.Join(names, " "))
	require.Equal(t, 5*3*9+10+7*20+7+14, nn.CountParameters[float64](net))
	require.Equal(t, []int{2, 7}, net.Forward(nn.Context{Training: true}, images).Shape())
	require.Equal(t, 1., nn.State[float64](net)[5].Value.Item(), "a batch was tracked")
	net.Forward(nn.Context{}, images)
	require.Equal(t, 1., nn.State[float64](net)[5].Value.Item(), "none in evaluation")

	require.Equal(t, []float64{0, 0, 2}, nn.ReLU[float64]{}.Forward(nn.Context{}, tape.Constant(tensor.FromSlice([]float64{-1, 0, 2}, 3))).Value.Data())
	require.Equal(t, []int{0, 0}, nn.Flatten[float64]{}.Forward(nn.Context{}, tape.Constant(tensor.New[float64](0, 3, 2))).Shape())

	other := nn.Sequential[float64]{nn.NewLinear[float64](rng, 2, 2, nn.WithBias)}
	require.Error(t, tensor.Catch(func() { nn.CopyState[float64](net, other) }))
	require.Error(t, tensor.Catch(func() { nn.CopyState[float64](other, nn.NewLinear[float64](rng, 2, 3, nn.WithBias)) }))
}

func ExampleSequential() {
	rng := rand.New(rand.NewPCG(1, 2))
	net := nn.Sequential[float32]{
		nn.NewLinear[float32](rng, 4, 8, nn.WithBias),
		nn.ReLU[float32]{},
		nn.NewLinear[float32](rng, 8, 2, nn.WithBias),
	}
	tape := autograd.NewTape[float32]()
	x := tape.Constant(tensor.New[float32](5, 4))
	fmt.Println(net.Forward(nn.Context{Training: true}, x).Shape())
	for _, p := range nn.Parameters[float32](net) {
		fmt.Println(p.Name, p.Shape())
	}
	// Output:
	// [5 2]
	// 0.weight [8 4]
	// 0.bias [8]
	// 2.weight [2 8]
	// 2.bias [2]
}

func ExampleNewMLP() {
	rng := rand.New(rand.NewPCG(1, 2))
	projector := nn.NewMLP[float32](rng, nn.MLPConfig{Widths: []int{512, 2048, 256}, Norm: true, LastBias: true})
	fmt.Println(nn.CountParameters[float32](projector))
	// Output: 1577216
}
