package autograd_test

import (
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestBackwardUsesUp shows what Backward does to the tape: outputs keep their
// values, as themselves or as views, memory of what lies in between serves again,
// and what is used up may not be used.
func TestBackwardUsesUp(t *testing.T) {
	tp := autograd.NewTape[float64]()
	x := tp.Leaf(vector(1, 2, 3))
	middle := autograd.Scale(x, 2)
	y := autograd.Slice(autograd.Mul(middle, middle), 0, 1, 3)
	memory := &middle.Value.Data()[0]
	ones := vector(1, 1)
	tp.BackwardFrom(variables[float64]{y}, []*tensor.Tensor[float64]{ones})
	require.Equal(t, []float64{0, 16, 24}, x.Grad.Data())

	var again bool
	for range 8 { // buffers of three elements
		again = again || &autograd.Scale(tp.Constant(vector(1, 2, 3)), 7).Value.Data()[0] == memory
	}
	require.True(t, again, "the memory of the result in between is used again")
	require.Equal(t, []float64{16, 36}, tensor.Contiguous(y.Value).Data(), "an output keeps its value")

	require.PanicsWithValue(t, "autograd: Backward through operations that an earlier Backward has used up", func() {
		tp.BackwardFrom(variables[float64]{y}, []*tensor.Tensor[float64]{ones})
	})
	require.PanicsWithValue(t, "autograd: an operation on a result that Backward has used up", func() { autograd.Scale(middle, 2) })

	z := autograd.Scale(x, 5) // leaves live on
	tp.BackwardFrom(variables[float64]{z}, []*tensor.Tensor[float64]{vector(1, 1, 1)})
	require.Equal(t, []float64{5, 21, 29}, x.Grad.Data())
	tp.Reset()
}

// TestSharedConvInput shares an input between convolutions, whose gradients are
// added in place, and with an operation whose gradient comes in another order.
func TestSharedConvInput(t *testing.T) {
	run := func(split bool) *tensor.Tensor[float64] {
		rng := random(3)
		tp := autograd.NewTape[float64]()
		leaf := tp.Leaf(newTensor[float64](rng, normal(2, 3, 6, 5)))
		kernels := []*autograd.Var[float64]{
			tp.Constant(newTensor[float64](rng, normal(4, 3, 3, 3))), tp.Constant(newTensor[float64](rng, normal(4, 3, 1, 1))),
		}
		x := autograd.Scale(leaf, 1)
		branch := func() *autograd.Var[float64] {
			if split { // each branch from an input of its own
				return autograd.Scale(leaf, 1)
			}
			return x
		}
		loss := total(autograd.Conv2d(branch(), kernels[0], nil, 2, 1), autograd.Conv2d(branch(), kernels[1], nil, 2, 0))
		loss = autograd.Add(loss, total(branch(), branch()))
		tp.Backward(loss)
		return leaf.Grad
	}
	// Sums of some 40 products in another order.
	require.LessOrEqual(t, relativeError(run(false), run(true)), 1e-14)
}
