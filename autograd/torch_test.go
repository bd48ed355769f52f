package autograd_test

import (
	"fmt"
	"testing"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// torchProgram evaluates expressions of torch on inputs a, b, c, … and answers
// with the value, the gradients for a cotangent, and the running statistics where
// the expression has any.
const torchProgram = `
import torch
import torch.nn.functional as F
def tensor(t):
    return torch.tensor(t["Data"], dtype=torch.float64).reshape(t["Shape"])
def attention(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, -1) @ v
def self_attention(qkv, heads):
    b, t, w = qkv.shape
    q, k, v = qkv.reshape(b, t, 3, heads, w // 3 // heads).permute(2, 0, 3, 1, 4)
    return attention(q, k, v).transpose(1, 2).reshape(b, t, w // 3)
def run(case):
    names = "abcdef"[:len(case["In"])]
    scope = {n: tensor(t).requires_grad_() for n, t in zip(names, case["In"])}
    mean, var = torch.full((case["Channels"],), 0.25, dtype=torch.float64), torch.full((case["Channels"],), 1.5, dtype=torch.float64)
    y = eval(case["Torch"], {**globals(), **scope, "mean": mean, "var": var})
    grads = torch.autograd.grad(y, [scope[n] for n in names], tensor(case["CT"]), allow_unused=True)
    out = [y] + [torch.zeros_like(scope[n]) if g is None else g for n, g in zip(names, grads)] + [mean, var]
    return [t.flatten().tolist() for t in out]
y = [run(c) for c in x]
`

// plain is a tensor on its way to Python.
type plain struct {
	Shape []int
	Data  []float64
}

func toPlain(x *tensor.Tensor[float64]) plain {
	return plain{append([]int{}, x.Shape()...), tensor.Contiguous(x).Data()}
}

// TestAgainstTorch holds the large operations against PyTorch in float64: values,
// gradients, running statistics.
func TestAgainstTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: PyTorch")
	}
	type variable = *autograd.Var[float64]
	type question struct {
		In       []plain
		CT       plain
		Torch    string
		Channels int
	}
	type row struct {
		torch string
		in    []input
		f     func(x variables[float64], stats *autograd.RunningStats[float64]) variable
	}
	var rows []row
	add := func(torch string, f func(x variables[float64]) variable, in ...input) {
		rows = append(rows, row{torch, in, func(x variables[float64], _ *autograd.RunningStats[float64]) variable { return f(x) }})
	}
	for _, c := range []struct {
		x, weight       []int
		stride, padding int
	}{
		{[]int{3, 5, 9, 8}, []int{7, 5, 3, 3}, 1, 1}, {[]int{3, 5, 9, 8}, []int{7, 5, 3, 3}, 2, 1}, {[]int{2, 3, 8, 8}, []int{4, 3, 2, 3}, 3, 2},
		{[]int{2, 3, 7, 7}, []int{4, 3, 1, 1}, 2, 0}, {[]int{1, 2, 5, 5}, []int{3, 2, 5, 5}, 1, 4},
	} {
		add(fmt.Sprintf("F.conv2d(a, b, c, stride=%d, padding=%d)", c.stride, c.padding), func(x variables[float64]) variable {
			return autograd.Conv2d(x[0], x[1], x[2], c.stride, c.padding)
		}, normal(c.x...), normal(c.weight...), normal(c.weight[0]))
		add(fmt.Sprintf("F.conv2d(a, b, stride=%d, padding=%d)", c.stride, c.padding), func(x variables[float64]) variable {
			return autograd.Conv2d(x[0], x[1], nil, c.stride, c.padding)
		}, normal(c.x...).in(channelsLast), normal(c.weight...))
	}
	for _, shape := range [][]int{{9, 4}, {3, 4, 5, 3}} {
		for _, training := range []string{"True", "False"} {
			for _, relu := range []bool{false, true} {
				expression := fmt.Sprintf("F.batch_norm(a, mean, var, b, c, training=%s, momentum=0.1, eps=1e-5) + d", training)
				if relu {
					expression = "F.relu(" + expression + ")"
				}
				rows = append(rows, row{expression, []input{normal(shape...), normal(4), normal(4), normal(shape...)},
					func(x variables[float64], stats *autograd.RunningStats[float64]) variable {
						return autograd.BatchNorm(x[0], x[1], x[2], x[3], autograd.BatchNormConfig[float64]{
							Eps: 1e-5, Stats: stats, Training: training == "True", ReLU: relu})
					}})
			}
		}
	}
	for _, p := range [][3]int{{2, 2, 0}, {3, 2, 1}, {2, 3, 1}, {3, 1, 1}} {
		add(fmt.Sprintf("F.max_pool2d(a, %d, %d, %d)", p[0], p[1], p[2]), func(x variables[float64]) variable {
			return autograd.MaxPool2d(x[0], p[0], p[1], p[2])
		}, coarse(2, 3, 7, 8))
		add(fmt.Sprintf("F.avg_pool2d(a, %d, %d, %d)", p[0], p[1], p[2]), func(x variables[float64]) variable {
			return autograd.AvgPool2d(x[0], p[0], p[1], p[2])
		}, normal(2, 3, 7, 8))
	}
	layer := func(x variables[float64]) variable { return autograd.LayerNorm(x[0], x[1], x[2], 1e-5) }
	add("F.layer_norm(a, (6,), b, c, 1e-5)", layer, normal(5, 6), normal(6), normal(6))
	add("F.layer_norm(a, (6,), b, c, 1e-5)", layer, normal(2, 3, 6), normal(6), normal(6))
	one := func(torch string, f func(x variable) variable, in input) {
		add(torch, func(x variables[float64]) variable { return f(x[0]) }, in)
	}
	one("F.adaptive_avg_pool2d(a, 1).flatten(1)", autograd.GlobalAvgPool2d[float64], normal(2, 3, 7, 8))
	one("F.gelu(a)", autograd.GELU[float64], normal(200).times(3))
	one("F.gelu(a, approximate='tanh')", autograd.GELUTanh[float64], normal(200).times(3))
	one("torch.tanh(a)", autograd.Tanh[float64], normal(100).times(3))
	one("torch.sigmoid(a)", autograd.Sigmoid[float64], normal(100).times(5))
	one("F.softmax(a, -1)", autograd.Softmax[float64], normal(4, 9).times(10))
	one("F.log_softmax(a, -1)", autograd.LogSoftmax[float64], normal(4, 9).times(10))
	one("torch.logsumexp(a, -1)", autograd.LogSumExp[float64], normal(4, 9).times(10))
	one("F.normalize(a, dim=-1)", func(x variable) variable { return autograd.Normalize(x, 1e-12) }, normal(4, 9))
	one("a.var((0, 2), unbiased=True)", func(x variable) variable { return autograd.Variance(x, 1, 0, 2) }, normal(4, 5, 3))
	one("F.cross_entropy(a, torch.tensor([1, 0, 4, 4]))", func(x variable) variable { return autograd.CrossEntropy(x, []int{1, 0, 4, 4}) }, normal(4, 5).times(4))
	targets := newTensor[float64](random(77), positive(4, 5))
	one(fmt.Sprintf("F.cross_entropy(a, torch.tensor(%s, dtype=torch.float64).reshape(4, 5))", python(targets.Data())),
		func(x variable) variable { return autograd.SoftCrossEntropy(x, targets) }, normal(4, 5).times(4))
	add("F.linear(a, b, c)", func(x variables[float64]) variable { return autograd.Linear(x[0], x[1], x[2]) }, normal(9, 7), normal(5, 7), normal(5))
	add("attention(a, b, c)", func(x variables[float64]) variable { return autograd.Attention(x[0], x[1], x[2]) }, normal(2, 3, 7, 4), normal(2, 3, 7, 4), normal(2, 3, 7, 4))
	one("self_attention(a, 3)", func(x variable) variable { return autograd.SelfAttention(x, 3) }, normal(2, 7, 36))

	var questions []question
	var answers [][][]float64
	for i, r := range rows {
		o := op[float64]{name: r.torch, in: r.in}
		q := question{Torch: r.torch}
		tp := autograd.NewTape[float64]()
		var in variables[float64]
		for _, x := range o.inputs() {
			in = append(in, tp.Leaf(x))
			q.In = append(q.In, toPlain(x))
		}
		stats := statistics[float64](4)
		y := r.f(in, stats)
		ct := newTensor[float64](random(uint64(1000+i)), normal(y.Shape()...))
		q.CT, q.Channels = toPlain(ct), 4
		tp.BackwardFrom(variables[float64]{y}, []*tensor.Tensor[float64]{ct})
		answer := [][]float64{tensor.Contiguous(y.Value).Data()}
		for _, v := range in {
			answer = append(answer, tensor.Contiguous(v.Grad).Data())
		}
		questions = append(questions, q)
		answers = append(answers, append(answer, stats.Mean.Data(), stats.Var.Data()))
	}
	var want [][][]float64
	foreign.Run(t, []string{"torch"}, torchProgram, questions, &want)
	worst := 0.0
	for i, r := range rows {
		require.Len(t, want[i], len(answers[i]), r.torch)
		for j, got := range answers[i] {
			require.Len(t, got, len(want[i][j]), r.torch)
			e := relativeError(tensor.FromSlice(got, len(got)), tensor.FromSlice(want[i][j], len(got)))
			worst = max(worst, e)
			// Sums of at most 250 terms: 250·2⁻⁵³ = 3e-14 of the largest element.
			if !(e <= 3e-14) {
				t.Errorf("%s: tensor %d is off by %.2g", r.torch, j, e)
			}
		}
	}
	t.Logf("%.2g at most", worst)
}

// python writes a list.
func python(x []float64) string {
	s := "["
	for _, v := range x {
		s += fmt.Sprintf("%v, ", v)
	}
	return s + "]"
}
