package autograd_test

import (
	"math"
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// TestSpecialValues tries operations at infinities, NaN, zeros, ties and numbers
// that overflow. Answers are PyTorch's but where its ReLU lets a gradient through a
// NaN. The cotangent is 1 for the first element and 2, 3, … for the next.
func TestSpecialValues(t *testing.T) {
	testSpecialValues[float32](t)
	testSpecialValues[float64](t)
}

func testSpecialValues[T tensor.Float](t *testing.T) {
	type variable = *autograd.Var[T]
	image := func(f func(x variable) variable) func(x variable) variable {
		return func(x variable) variable { return f(autograd.Reshape(x, 1, 1, x.Value.Dim(0), x.Value.Dim(1))) }
	}
	normalize := func(x variable) variable { return autograd.Normalize(x, 1e-12) }
	third := 1. / 3
	for _, c := range []struct {
		name    string
		f       func(x variable) variable
		shape   []int
		x       []float64
		y, grad []float64
		tiniest float64 // an absolute error that is allowed
	}{
		{name: "ReLU", f: autograd.ReLU[T], shape: []int{5}, x: []float64{-inf, math.Copysign(0, -1), 0, inf, nan}, y: []float64{0, 0, 0, inf, nan}, grad: []float64{0, 0, 0, 4, 0}},
		{name: "Exp", f: autograd.Exp[T], shape: []int{4}, x: []float64{-inf, 0, 1000, nan}, y: []float64{0, 1, inf, nan}, grad: []float64{0, 2, inf, nan}},
		{name: "Log", f: autograd.Log[T], shape: []int{4}, x: []float64{0, 1, inf, -1}, y: []float64{-inf, 0, inf, nan}, grad: []float64{inf, 2, 0, -4}},
		{name: "Sqrt", f: autograd.Sqrt[T], shape: []int{4}, x: []float64{0, 4, inf, -1}, y: []float64{0, 2, inf, nan}, grad: []float64{inf, 0.5, 0, nan}},
		{name: "Tanh", f: autograd.Tanh[T], shape: []int{3}, x: []float64{-inf, 1000, nan}, y: []float64{-1, 1, nan}, grad: []float64{0, 0, nan}},
		{name: "Sigmoid", f: autograd.Sigmoid[T], shape: []int{4}, x: []float64{-inf, -1000, 1000, nan}, y: []float64{0, 0, 1, nan}, grad: []float64{0, 0, 0, nan}},
		{name: "GELU", f: autograd.GELU[T], shape: []int{3}, x: []float64{-1000, 0, 1000}, y: []float64{0, 0, 1000}, grad: []float64{0, 1, 3}},
		{name: "GELUTanh", f: autograd.GELUTanh[T], shape: []int{3}, x: []float64{-1000, 0, 1000}, y: []float64{0, 0, 1000}, grad: []float64{0, 1, 3}},
		{name: "Softmax with −Inf", f: autograd.Softmax[T], shape: []int{3}, x: []float64{0, -inf, 0}, y: []float64{0.5, 0, 0.5}, grad: []float64{-0.5, 0, 0.5}},
		{name: "Softmax of −Inf", f: autograd.Softmax[T], shape: []int{2, 2}, x: []float64{-inf, -inf, 0, 0}, y: []float64{nan, nan, 0.5, 0.5}, grad: []float64{nan, nan, -0.25, 0.25}},
		{name: "Softmax with +Inf", f: autograd.Softmax[T], shape: []int{2}, x: []float64{0, inf}, y: []float64{nan, nan}, grad: []float64{nan, nan}},
		{name: "Softmax with NaN", f: autograd.Softmax[T], shape: []int{3}, x: []float64{0, nan, 1}, y: []float64{nan, nan, nan}, grad: []float64{nan, nan, nan}},
		{name: "Softmax of logits at temperature 0.01", f: func(x variable) variable { return autograd.Softmax(autograd.Scale(x, 100)) }, shape: []int{3}, x: []float64{1, -1, 10}, y: []float64{0, 0, 1}, grad: []float64{0, 0, 0}, tiniest: 1e-30},
		{name: "LogSoftmax of logits at temperature 0.01", f: func(x variable) variable { return autograd.LogSoftmax(autograd.Scale(x, 100)) }, shape: []int{3}, x: []float64{1, -1, 10}, y: []float64{-900, -1100, 0}, grad: []float64{100, 200, -300}},
		{name: "LogSoftmax with −Inf", f: autograd.LogSoftmax[T], shape: []int{2}, x: []float64{-inf, 5}, y: []float64{-inf, 0}, grad: []float64{1, -1}},
		{name: "LogSumExp of −Inf", f: autograd.LogSumExp[T], shape: []int{2, 2}, x: []float64{-inf, -inf, -inf, 3}, y: []float64{-inf, 3}, grad: []float64{nan, nan, 0, 2}},
		{name: "LogSumExp of large logits", f: autograd.LogSumExp[T], shape: []int{2}, x: []float64{1e4, 1e4}, y: []float64{1e4 + math.Ln2}, grad: []float64{0.5, 0.5}},
		{name: "LogSumExp with +Inf", f: autograd.LogSumExp[T], shape: []int{2}, x: []float64{0, inf}, y: []float64{inf}, grad: []float64{nan, nan}},
		{name: "Normalize of a zero row", f: normalize, shape: []int{2, 2}, x: []float64{0, 0, 3, 4}, y: []float64{0, 0, 0.6, 0.8}, grad: []float64{1e12, 2e12, (3 - 0.6*5) / 5, (4 - 0.8*5) / 5}, tiniest: 1e-6},
		{name: "Normalize of tiny and huge rows", f: normalize, shape: []int{2, 2}, x: []float64{3e-30, 4e-30, 3e30, 4e30}, y: []float64{3e-18, 4e-18, 0.6, 0.8}, grad: []float64{1e12, 2e12, 0, 0}, tiniest: 1e-6},
		{name: "CrossEntropy of sure logits", f: func(x variable) variable { return autograd.CrossEntropy(x, []int{0, 0}) }, shape: []int{2, 2}, x: []float64{1e4, 0, 0, 1e4}, y: []float64{5000}, grad: []float64{0, 0, -0.5, 0.5}},
		{name: "CrossEntropy with −Inf", f: func(x variable) variable { return autograd.CrossEntropy(x, []int{0}) }, shape: []int{1, 3}, x: []float64{1, -inf, 1}, y: []float64{math.Ln2}, grad: []float64{-0.5, 0, 0.5}},
		{name: "Max of ties", f: image(func(x variable) variable { return autograd.MaxPool2d(x, 2, 1, 0) }), shape: []int{2, 3}, x: []float64{1, 1, 1, 1, 1, 1}, y: []float64{1, 1}, grad: []float64{1, 2, 0, 0, 0, 0}},
		{name: "Max with NaN", f: image(func(x variable) variable { return autograd.MaxPool2d(x, 2, 2, 0) }), shape: []int{2, 2}, x: []float64{5, nan, nan, 9}, y: []float64{nan}, grad: []float64{0, 1, 0, 0}},
		{name: "Max of −Inf", f: image(func(x variable) variable { return autograd.MaxPool2d(x, 2, 2, 1) }), shape: []int{2, 2}, x: []float64{-inf, -inf, -inf, 1}, y: []float64{-inf, -inf, -inf, 1}, grad: []float64{1, 2, 3, 4}},
		{name: "LayerNorm of equal numbers", f: func(x variable) variable { return autograd.LayerNorm(x, nil, nil, 0.25) }, shape: []int{3}, x: []float64{1e6 + 0.5, 1e6 + 0.5, 1e6 + 0.5}, y: []float64{0, 0, 0}, grad: []float64{-2, 0, 2}},
		{name: "BatchNorm of a constant column", f: func(x variable) variable {
			return autograd.BatchNorm(x, nil, nil, nil, autograd.BatchNormConfig[T]{Eps: 0.25, Training: true})
		}, shape: []int{3, 1}, x: []float64{1e6 + 0.5, 1e6 + 0.5, 1e6 + 0.5}, y: []float64{0, 0, 0}, grad: []float64{-2, 0, 2}},
		{name: "LogDet beyond the range of the determinant", f: autograd.LogDet[T], shape: []int{2, 2}, x: []float64{1e30, 0, 0, 1e25}, y: []float64{55 * math.Ln10}, grad: []float64{1e-30, 0, 0, 1e-25}},
		{name: "LogDet of what is not symmetric", f: autograd.LogDet[T], shape: []int{2, 2}, x: []float64{2, 5, -3, 2}, y: []float64{math.Log(3)}, grad: []float64{2 * third, -third, -third, 2 * third}},
		{name: "LogDet of an indefinite matrix", f: autograd.LogDet[T], shape: []int{2, 2}, x: []float64{1, 2, 2, 1}, y: []float64{nan}, grad: []float64{nan, nan, nan, nan}},
		{name: "LogDet of a singular matrix", f: autograd.LogDet[T], shape: []int{2, 2}, x: []float64{1, 1, 1, 1}, y: []float64{nan}, grad: []float64{nan, nan, nan, nan}},
		{name: "LogDet with +Inf", f: autograd.LogDet[T], shape: []int{1, 1}, x: []float64{inf}, y: []float64{nan}, grad: []float64{nan}},
		{name: "Mean of nothing", f: func(x variable) variable { return autograd.Mean(x) }, shape: []int{0}, y: []float64{nan}},
		{name: "Sum of nothing", f: func(x variable) variable { return autograd.Sum(x) }, shape: []int{0, 3}, y: []float64{0}},
		{name: "Variance of equal numbers", f: func(x variable) variable { return autograd.Variance(x, 0) }, shape: []int{3}, x: []float64{1e6, 1e6, 1e6}, y: []float64{0}, grad: []float64{0, 0, 0}},
		{name: "Pow 0.5 at 0", f: func(x variable) variable { return autograd.Pow(x, 0.5) }, shape: []int{2}, x: []float64{0, 1}, y: []float64{0, 1}, grad: []float64{inf, 1}},
		{name: "Pow 0 at 0", f: func(x variable) variable { return autograd.Pow(x, 0) }, shape: []int{2}, x: []float64{0, nan}, y: []float64{1, 1}, grad: []float64{0, 0}},
		{name: "Attention to −Inf", f: func(x variable) variable {
			k := autograd.Reshape(x, 1, 1, 2, 1)
			ones := &autograd.Var[T]{Value: tensor.FromSlice([]T{1, 1}, 1, 1, 2, 1)}
			return autograd.Attention(ones, k, ones)
		}, shape: []int{2}, x: []float64{-1e30, 5}, y: []float64{1, 1}, grad: []float64{0, 0}},
		{name: "Attention of equal scores", f: func(x variable) variable {
			v := autograd.Reshape(x, 1, 1, 3, 1)
			zeros := &autograd.Var[T]{Value: tensor.New[T](1, 1, 3, 1)}
			return autograd.Attention(zeros, zeros, v)
		}, shape: []int{3}, x: []float64{1, 2, 6}, y: []float64{3, 3, 3}, grad: []float64{6 * third, 6 * third, 6 * third}},
	} {
		tp := autograd.NewTape[T]()
		x := tp.Leaf(tensor.Convert[T](tensor.FromSlice(c.x, c.shape...)))
		y := c.f(x)
		requireSpecial(t, c.name+": value", y.Value, c.y, c.tiniest)
		if c.grad == nil {
			continue
		}
		ct := tensor.New[T](y.Shape()...)
		for i := range ct.Data() {
			ct.Data()[i] = T(i + 1)
		}
		tp.BackwardFrom(variables[T]{y}, []*tensor.Tensor[T]{ct})
		requireSpecial(t, c.name+": gradient", x.Grad, c.grad, c.tiniest)
	}
}

// requireSpecial asks for NaN and infinities exactly, and for the rest within 8
// units in the last place.
func requireSpecial[T tensor.Float](t *testing.T, what string, got *tensor.Tensor[T], want []float64, tiniest float64) {
	t.Helper()
	u := 0x1p-52
	if _, single := any(T(0)).(float32); single {
		u = 0x1p-23
	}
	g := tensor.Contiguous(got).Data()
	require.Len(t, g, len(want), what)
	for i, w := range want {
		v := float64(g[i])
		if v == w || v != v && w != w {
			continue
		}
		if !(math.Abs(v-w) <= max(8*u*math.Abs(w), tiniest)) {
			t.Errorf("%s: found %v, expected %v", what, g, want)
			return
		}
	}
}
