package autograd_test

import (
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestNormConv2d holds the fused operation, value and gradients, against the
// composition of BatchNorm and Conv2d: sums for the gradients in another order, but exactly
// the same value. The bounds are some ten times the errors seen.
func TestNormConv2d(t *testing.T) {
	testNormConv2d[float32](t, 2e-6)
	testNormConv2d[float64](t, 1e-14)
}

func testNormConv2d[T tensor.Float](t *testing.T, tol float64) {
	for i, s := range []struct{ n, c, size, o, kernel, stride, padding int }{
		{4, 3, 5, 6, 3, 1, 1}, {3, 17, 8, 33, 3, 2, 1}, {7, 4, 4, 5, 1, 2, 0}, {2, 5, 7, 1, 1, 1, 0}, {5, 16, 20, 16, 3, 1, 1},
	} {
		for _, training := range []bool{true, false} {
			for _, relu := range []bool{true, false} {
				run := func(fused bool) []*tensor.Tensor[T] {
					rng := random(uint64(i))
					tp := autograd.NewTape[T]()
					x := tp.Leaf(newTensor[T](rng, normal(s.n, s.c, s.size, s.size)))
					w, b := tp.Leaf(newTensor[T](rng, normal(s.c))), tp.Leaf(newTensor[T](rng, normal(s.c)))
					kernel := tp.Leaf(newTensor[T](rng, normal(s.o, s.c, s.kernel, s.kernel)))
					cfg := autograd.BatchNormConfig[T]{Eps: 1e-5, Training: training, ReLU: relu,
						Stats: &autograd.RunningStats[T]{Mean: newTensor[T](rng, normal(s.c)), Var: newTensor[T](rng, positive(s.c)), Momentum: 0.1}}
					// A result in between, so that what is fused behind it is used too.
					var z *autograd.Var[T]
					z, cfg.Moments = autograd.Conv2dMoments(x, tp.Constant(identity[T](s.c)), 1, 0)
					var y *autograd.Var[T]
					if fused {
						y, _ = autograd.NormConv2d(z, w, b, cfg, kernel, s.stride, s.padding)
					} else {
						y = autograd.Conv2d(autograd.BatchNorm(z, w, b, nil, cfg), kernel, nil, s.stride, s.padding)
					}
					out := []*tensor.Tensor[T]{y.Value.Clone(), cfg.Stats.Mean, cfg.Stats.Var}
					ct := newTensor[T](rng, normal(y.Shape()...))
					tp.BackwardFrom(variables[T]{y}, []*tensor.Tensor[T]{ct})
					return append(out, x.Grad, w.Grad, b.Grad, kernel.Grad)
				}
				fused, plain := run(true), run(false)
				for j := range fused {
					require.LessOrEqual(t, relativeError(fused[j], tensor.Convert[float64](plain[j])), tol, "%+v training %v ReLU %v: tensor %d", s, training, relu, j)
				}
				require.Equal(t, fused[0].Data(), plain[0].Data(), "forward")
			}
		}
	}
}

// identity is the weight of the 1×1 convolution that copies c channels.
func identity[T tensor.Float](c int) *tensor.Tensor[T] {
	w := tensor.New[T](c, c, 1, 1)
	for i := range c {
		w.Set(1, i, i, 0, 0)
	}
	return w
}
