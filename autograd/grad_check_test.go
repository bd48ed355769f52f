package autograd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

type function = func(tp *autograd.Tape[float64], in variables[float64]) variables[float64]

// wrong returns a function y = value(x) whose gradient is what vjp says.
func wrong(value func(x float64) float64, vjp func(x, g float64) float64) function {
	return func(_ *autograd.Tape[float64], in variables[float64]) variables[float64] {
		x := in[0].Value.Data()
		y := tensor.New[float64](len(x))
		for i, v := range x {
			y.Data()[i] = value(v)
		}
		return variables[float64]{autograd.Function(y, func(g *tensor.Tensor[float64], dst []*tensor.Tensor[float64]) {
			for i, v := range x {
				dst[0].Data()[i] = vjp(v, g.Data()[i])
			}
		}, in[0])}
	}
}

// TestGradCheckCatches plants mistakes, each of which must be found, and shows
// that without them nothing is.
func TestGradCheckCatches(t *testing.T) {
	square := func(x float64) float64 { return x * x }
	addRow := func(reduce func(g *tensor.Tensor[float64]) []float64) function {
		return func(_ *autograd.Tape[float64], in variables[float64]) variables[float64] {
			y := tensor.New[float64](3, 5)
			tensor.AddTo(y, in[0].Value, in[1].Value)
			return variables[float64]{autograd.Function(y, func(g *tensor.Tensor[float64], dst []*tensor.Tensor[float64]) {
				tensor.CopyTo(dst[0], g)
				copy(dst[1].Data(), reduce(g))
			}, in[0], in[1])}
		}
	}
	for _, c := range []struct {
		name    string
		f       function
		in      []input
		correct bool
	}{
		{"nothing", wrong(square, func(x, g float64) float64 { return 2 * x * g }), []input{normal(6)}, true},
		{"a sign", wrong(square, func(x, g float64) float64 { return -2 * x * g }), []input{normal(6)}, false},
		{"a missing factor", wrong(square, func(x, g float64) float64 { return x * g }), []input{normal(6)}, false},
		{"a missing factor in small gradients", wrong(func(x float64) float64 { return 1e-9 * x * x }, func(x, g float64) float64 { return 1e-9 * x * g }), []input{normal(6)}, false},
		{"a factor of one in a million", wrong(square, func(x, g float64) float64 { return 2.000002 * x * g }), []input{normal(6)}, false},
		{"a forgotten gradient", wrong(square, func(_, _ float64) float64 { return 0 }), []input{normal(6)}, false},
		{"the gradient of one element", wrong(square, func(x, g float64) float64 {
			if x > 1 {
				return g
			}
			return 2 * x * g
		}), []input{positive(6)}, false},
		{"NaN", wrong(square, func(_, _ float64) float64 { return math.NaN() }), []input{normal(6)}, false},
		{"a mistake beside kinks", wrong(func(x float64) float64 { return max(x, 0) }, func(x, g float64) float64 {
			if x > 0 {
				return 0.5 * g
			}
			return 0
		}), []input{coarse(20)}, false},
		{"a right broadcast", addRow(func(g *tensor.Tensor[float64]) []float64 { return tensor.Sum(g, 0).Data() }), []input{normal(3, 5), normal(5)}, true},
		{"a forgotten broadcast sum", addRow(func(g *tensor.Tensor[float64]) []float64 { return g.Data()[:5] }), []input{normal(3, 5), normal(5)}, false},
		{"a broadcast mean", addRow(func(g *tensor.Tensor[float64]) []float64 {
			s := tensor.Sum(g, 0).Data()
			for i := range s {
				s[i] /= 3
			}
			return s
		}), []input{normal(3, 5), normal(5)}, false},
	} {
		o := op[float64]{name: c.name, in: c.in}
		res, err := autograd.GradCheck(c.f, 1e-7, o.inputs()...)
		if c.correct {
			require.NoError(t, err, c.name)
			require.Positive(t, res.Elements, c.name)
			continue
		}
		require.Error(t, err, c.name)
		require.Contains(t, err.Error(), "input ", c.name)
	}
}

// TestGradCheckKinks counts the elements that lie on a kink and those that do
// not, also where a kink is nearer than the first step.
func TestGradCheckKinks(t *testing.T) {
	relu := func(_ *autograd.Tape[float64], in variables[float64]) variables[float64] {
		return variables[float64]{autograd.ReLU(in[0])}
	}
	res, err := autograd.GradCheck(relu, 1e-9, tensor.FromSlice([]float64{0, 1, -1, 3e-4, -2e-5, 0, 2}, 7))
	require.NoError(t, err)
	require.Equal(t, 2, res.Kinks)
	require.Equal(t, 5, res.Elements)

	_, err = autograd.GradCheck(relu, 1e-9, tensor.New[float64](3))
	require.ErrorContains(t, err, "3 of 3 elements lie on kinks")

	pool := func(_ *autograd.Tape[float64], in variables[float64]) variables[float64] {
		return variables[float64]{autograd.MaxPool2d(in[0], 2, 2, 0)}
	}
	res, err = autograd.GradCheck(pool, 1e-9, tensor.FromSlice([]float64{1, 1, 0, 0, 5, 4, 3, 2}, 2, 1, 2, 2))
	require.NoError(t, err)
	require.Equal(t, 2, res.Kinks)
}

// TestGradCheckSharp shows that a function far steeper than the first step is
// checked with a smaller one.
func TestGradCheckSharp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	_, err := autograd.GradCheck(func(_ *autograd.Tape[float64], in variables[float64]) variables[float64] {
		return variables[float64]{autograd.CrossEntropy(autograd.Scale(in[0], 100), []int{0, 2, 1})}
	}, 1e-7, newTensor[float64](rng, normal(3, 4).times(0.05)))
	require.NoError(t, err)
}

func ExampleGradCheck() {
	res, err := autograd.GradCheck(func(_ *autograd.Tape[float64], in []*autograd.Var[float64]) []*autograd.Var[float64] {
		return []*autograd.Var[float64]{autograd.Mul(in[0], autograd.Exp(in[1]))}
	}, 1e-9, tensor.FromSlice([]float64{1, 2, 3}, 3), tensor.Scalar(0.5))
	fmt.Println(res.Elements, err)
	// Output: 4 <nil>
}
