package autograd_test

import (
	"errors"
	"math"
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestRefuses feeds each operation shapes that cannot be.
func TestRefuses(t *testing.T) {
	tp := autograd.NewTape[float64]()
	x := func(shape ...int) *autograd.Var[float64] { return tp.Leaf(tensor.New[float64](shape...)) }
	norm := func(c autograd.BatchNormConfig[float64], x, weight, bias, residual *autograd.Var[float64]) func() {
		return func() { autograd.BatchNorm(x, weight, bias, residual, c) }
	}
	sum := func(c autograd.BatchNormConfig[float64], x, r, weight, bias *autograd.Var[float64]) func() {
		return func() {
			autograd.BatchNormSum(autograd.NormInput[float64]{X: x, BatchNormConfig: autograd.BatchNormConfig[float64]{Training: true}},
				autograd.NormInput[float64]{X: r, Weight: weight, Bias: bias, BatchNormConfig: c})
		}
	}
	training := autograd.BatchNormConfig[float64]{Training: true}
	stats := func(c int) *autograd.RunningStats[float64] {
		return &autograd.RunningStats[float64]{Mean: tensor.New[float64](c), Var: tensor.New[float64](c)}
	}
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"Add", func() { autograd.Add(x(2, 3), x(2)) }},
		{"Sub", func() { autograd.Sub(x(2, 3), x(4, 3)) }},
		{"Mul", func() { autograd.Mul(x(2), x(3)) }},
		{"Div", func() { autograd.Div(x(2, 3), x(3, 2)) }},
		{"Sum over a missing axis", func() { autograd.Sum(x(2, 3), 2) }},
		{"Mean over a missing axis", func() { autograd.MeanKeep(x(2, 3), -3) }},
		{"Variance over a missing axis", func() { autograd.Variance(x(2), 0, 1) }},
		{"Reshape", func() { autograd.Reshape(x(2, 3), 4) }},
		{"Transpose", func() { autograd.Transpose(x(2, 3), 0, 0) }},
		{"Expand", func() { autograd.Expand(x(2, 3), 2, 4) }},
		{"Expand to less", func() { autograd.Expand(x(2, 3), 3) }},
		{"Slice", func() { autograd.Slice(x(2, 3), 1, 2, 4) }},
		{"Concat of nothing", func() { autograd.Concat[float64](0) }},
		{"Concat", func() { autograd.Concat(0, x(2, 3), x(2, 4)) }},
		{"Gather", func() { autograd.Gather(x(2, 3), []int{2}) }},
		{"Gather of a scalar", func() { autograd.Gather(x(), []int{0}) }},
		{"MatMul of vectors", func() { autograd.MatMul(x(3), x(3)) }},
		{"MatMul, inner lengths", func() { autograd.MatMul(x(2, 3), x(2, 3)) }},
		{"MatMul, batches", func() { autograd.MatMul(x(2, 3, 4), x(1, 4, 5)) }},
		{"LogDet", func() { autograd.LogDet(x(2, 3)) }},
		{"LogDet of a vector", func() { autograd.LogDet(x(4)) }},
		{"LogDet of nothing", func() { autograd.LogDet(x(0, 0)) }},
		{"Linear, inner lengths", func() { autograd.Linear(x(2, 3), x(5, 4), nil) }},
		{"Linear, bias", func() { autograd.Linear(x(2, 3), x(5, 3), x(3)) }},
		{"Linear of an image", func() { autograd.Linear(x(2, 3, 1), x(5, 3), nil) }},
		{"Attention, ranks", func() { autograd.Attention(x(2, 3, 4), x(2, 3, 4), x(2, 3, 4)) }},
		{"Attention, k", func() { autograd.Attention(x(1, 2, 3, 4), x(1, 2, 3, 5), x(1, 2, 3, 4)) }},
		{"Attention, v", func() { autograd.Attention(x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 4, 4)) }},
		{"Attention of nothing", func() { autograd.Attention(x(0, 2, 3, 4), x(0, 2, 3, 4), x(0, 2, 3, 4)) }},
		{"SelfAttention", func() { autograd.SelfAttention(x(1, 3, 8), 2) }},
		{"SelfAttention, heads", func() { autograd.SelfAttention(x(1, 3, 6), 0) }},
		{"Conv2d, channels", func() { autograd.Conv2d(x(1, 3, 4, 4), x(2, 2, 3, 3), nil, 1, 1) }},
		{"Conv2d, bias", func() { autograd.Conv2d(x(1, 3, 4, 4), x(2, 3, 3, 3), x(3), 1, 1) }},
		{"Conv2d, kernel", func() { autograd.Conv2d(x(1, 3, 4, 4), x(2, 3, 5, 5), nil, 1, 0) }},
		{"Conv2d, stride", func() { autograd.Conv2d(x(1, 3, 4, 4), x(2, 3, 3, 3), nil, 0, 0) }},
		{"MaxPool2d", func() { autograd.MaxPool2d(x(1, 3, 4, 4), 5, 1, 0) }},
		{"MaxPool2d, padding", func() { autograd.MaxPool2d(x(1, 3, 4, 4), 2, 1, 2) }},
		{"AvgPool2d", func() { autograd.AvgPool2d(x(3, 4, 4), 2, 1, 0) }},
		{"GlobalAvgPool2d", func() { autograd.GlobalAvgPool2d(x(3, 4)) }},
		{"BatchNorm of three axes", norm(training, x(2, 3, 4), nil, nil, nil)},
		{"BatchNorm, weight", norm(training, x(2, 3), x(2), nil, nil)},
		{"BatchNorm, bias", norm(training, x(2, 3), nil, x(3, 1), nil)},
		{"BatchNorm, residual", norm(training, x(2, 3), nil, nil, x(3, 3))},
		{"BatchNorm, residual of the same size", norm(training, x(2, 3), nil, nil, x(3, 2))},
		{"BatchNorm of nothing", norm(training, x(0, 3), nil, nil, nil)},
		{"BatchNorm of one value", norm(training, x(1, 3), nil, nil, nil)},
		{"BatchNorm without statistics", norm(autograd.BatchNormConfig[float64]{}, x(2, 3), nil, nil, nil)},
		{"BatchNorm, statistics", norm(autograd.BatchNormConfig[float64]{Stats: stats(2)}, x(2, 3), nil, nil, nil)},
		{"BatchNorm, statistics in training", norm(autograd.BatchNormConfig[float64]{Training: true, Stats: stats(4)}, x(2, 3), nil, nil, nil)},
		{"BatchNormSum, shapes", sum(training, x(2, 3), x(3, 2), nil, nil)},
		{"BatchNormSum, ranks", sum(training, x(2, 3), x(2, 3, 1, 1), nil, nil)},
		{"BatchNormSum of three axes", sum(training, x(2, 3, 4), x(2, 3, 4), nil, nil)},
		{"BatchNormSum, weight", sum(training, x(2, 3), x(2, 3), x(2), nil)},
		{"BatchNormSum, bias", sum(training, x(2, 3), x(2, 3), nil, x(3, 1))},
		{"BatchNormSum without statistics", sum(autograd.BatchNormConfig[float64]{}, x(2, 3), x(2, 3), nil, nil)},
		{"BatchNormSum, ReLU of one term", sum(autograd.BatchNormConfig[float64]{Training: true, ReLU: true}, x(2, 3), x(2, 3), nil, nil)},
		{"NormConv2d, channels", func() { autograd.NormConv2d(x(2, 3, 4, 4), x(3), x(3), training, x(2, 4, 3, 3), 1, 1) }},
		{"NormConv2d, weight", func() { autograd.NormConv2d(x(2, 3, 4, 4), x(2), x(3), training, x(2, 3, 3, 3), 1, 1) }},
		{"NormConv2d of rows", func() { autograd.NormConv2d(x(4, 3), x(3), x(3), training, x(2, 3, 3, 3), 1, 1) }},
		{"LayerNorm, weight", func() { autograd.LayerNorm(x(2, 3), x(2), nil, 1e-5) }},
		{"LayerNorm, bias", func() { autograd.LayerNorm(x(2, 3), nil, x(1, 3), 1e-5) }},
		{"LayerNorm of a scalar", func() { autograd.LayerNorm(x(), nil, nil, 1e-5) }},
		{"Softmax of a scalar", func() { autograd.Softmax(x()) }},
		{"LogSoftmax of empty rows", func() { autograd.LogSoftmax(x(2, 0)) }},
		{"LogSumExp of empty rows", func() { autograd.LogSumExp(x(2, 0)) }},
		{"Normalize of a scalar", func() { autograd.Normalize(x(), 1e-12) }},
		{"CrossEntropy of a vector", func() { autograd.CrossEntropy(x(3), []int{0}) }},
		{"CrossEntropy, labels", func() { autograd.CrossEntropy(x(2, 3), []int{0}) }},
		{"CrossEntropy, a label too large", func() { autograd.CrossEntropy(x(2, 3), []int{0, 3}) }},
		{"CrossEntropy, a label too small", func() { autograd.CrossEntropy(x(2, 3), []int{0, -1}) }},
		{"CrossEntropy of nothing", func() { autograd.CrossEntropy(x(0, 3), nil) }},
		{"SoftCrossEntropy", func() { autograd.SoftCrossEntropy(x(2, 3), tensor.New[float64](3, 2)) }},
		{"Backward of a vector", func() { tp.Backward(x(2)) }},
		{"BackwardFrom, cotangents", func() {
			tp.BackwardFrom(variables[float64]{x(2)}, []*tensor.Tensor[float64]{tensor.New[float64](3)})
		}},
	} {
		var shape *tensor.ShapeError
		if err := tensor.Catch(c.f); !errors.As(err, &shape) {
			t.Errorf("%s: got %v", c.name, err)
			continue
		}
		require.NotEmpty(t, shape.Op, c.name)
	}
	for _, p := range []float64{-0.1, 1, math.NaN()} {
		require.Panics(t, func() { autograd.Dropout(x(3), p, random(1)) }, "%v", p)
	}
}

// TestRefusalMovesNothing: running statistics stay where a batch norm is refused.
func TestRefusalMovesNothing(t *testing.T) {
	tp := autograd.NewTape[float64]()
	x := func(shape ...int) *autograd.Var[float64] {
		v := tensor.New[float64](shape...)
		v.Fill(3)
		return tp.Leaf(v)
	}
	stats := &autograd.RunningStats[float64]{Mean: tensor.New[float64](3), Var: tensor.New[float64](3), Momentum: 0.1}
	cfg := autograd.BatchNormConfig[float64]{Training: true, Stats: stats}
	mustRefuse := func(f func()) {
		t.Helper()
		require.Panics(t, f)
		require.Equal(t, make([]float64, 3), stats.Mean.Data())
	}
	mustRefuse(func() { autograd.BatchNorm(x(2, 3), nil, nil, x(3, 2), cfg) })
	mustRefuse(func() {
		autograd.BatchNormSum(autograd.NormInput[float64]{X: x(2, 3), Weight: x(2), BatchNormConfig: autograd.BatchNormConfig[float64]{Training: true}},
			autograd.NormInput[float64]{X: x(2, 3), BatchNormConfig: cfg})
	})
}
