package autograd_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/tensor"
)

// TestBatchNormIllConditioned holds float32 against float64 where means are far from
// zero, where a block's first row is far from the others, and where there are few
// rows, so that next to nothing is left of the gradient: within 4e-6 of the largest
// element, twice the largest error seen. Without care for them it is 1e-4 to 1e-1.
func TestBatchNormIllConditioned(t *testing.T) {
	for _, c := range []struct {
		shape              []int
		mean, std, outlier float64
	}{
		{shape: []int{2, 3}, std: 1}, {shape: []int{2, 3}, std: 100}, {shape: []int{2, 3}, mean: 100, std: 0.01},
		{shape: []int{3, 2}, std: 1}, {shape: []int{8, 5}, mean: -1000, std: 0.1}, {shape: []int{40, 5}, mean: -1000, std: 0.1},
		{shape: []int{1, 3, 1, 2}, std: 1}, {shape: []int{5, 4, 9, 9}, mean: 30, std: 0.5},
		{shape: []int{9000, 2}, std: 1, outlier: 1000}, {shape: []int{3, 2, 70, 70}, std: 1, outlier: -1000},
	} {
		for _, kind := range []string{"plain", "residual", "convolved"} {
			if kind == "convolved" && len(c.shape) == 2 {
				continue
			}
			t.Run(fmt.Sprint(kind, c.shape, c.mean, c.std, c.outlier), func(t *testing.T) {
				x := newTensor[float32](random(1), normal(c.shape...))
				for i, v := range x.Data() {
					x.Data()[i] = float32(c.mean + c.std*float64(v))
				}
				if c.outlier != 0 {
					x.Data()[0] = float32(c.outlier)
				}
				single := normalized(kind, x)
				for i, exact := range normalized(kind, tensor.Convert[float64](x)) {
					require.LessOrEqual(t, relativeError(single[i], exact), 4e-6, "tensor %d", i)
				}
			})
		}
	}
}

// normalized returns a batch norm of x, rectified and with a residual or convolved as
// the kind says, and its gradients.
func normalized[T tensor.Float](kind string, x *tensor.Tensor[T]) []*tensor.Tensor[T] {
	rng, tp, c := random(2), autograd.NewTape[T](), x.Dim(1)
	v := tp.Leaf(x)
	w, b := tp.Leaf(newTensor[T](rng, normal(c))), tp.Leaf(newTensor[T](rng, normal(c)))
	cfg := autograd.BatchNormConfig[T]{Eps: 1e-5, Training: true}
	var y *autograd.Var[T]
	switch kind {
	case "plain":
		y = autograd.BatchNorm(v, w, b, nil, cfg)
	case "residual":
		cfg.ReLU = true
		y = autograd.BatchNorm(v, w, b, tp.Leaf(newTensor[T](rng, normal(x.Shape()...))), cfg)
	default:
		cfg.ReLU = true
		var z *autograd.Var[T]
		z, cfg.Moments = autograd.Conv2dMoments(v, tp.Constant(identity[T](c)), 1, 0)
		y, _ = autograd.NormConv2d(z, w, b, cfg, tp.Leaf(newTensor[T](rng, normal(3, c, 1, 1))), 1, 0)
	}
	tp.BackwardFrom(variables[T]{y}, []*tensor.Tensor[T]{newTensor[T](rng, normal(y.Shape()...))})
	return []*tensor.Tensor[T]{y.Value.Clone(), v.Grad, w.Grad, b.Grad}
}
