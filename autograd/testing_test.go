package autograd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"entrec/autograd"
	"entrec/tensor"
)

// input says how to make a tensor that an operation is tried on.
type input struct {
	shape  []int
	draw   func(rng *rand.Rand) float64
	layout layout
	scale  float64 // 0 is 1
}

// String tells inputs apart in the names of tests.
func (in input) String() string {
	s := fmt.Sprint(in.shape) + [...]string{"", " channels-last", " reversed", " with gaps"}[in.layout]
	if in.scale != 0 {
		s += fmt.Sprintf(" times %v", in.scale)
	}
	return s
}

// layout is the order of a tensor in memory.
type layout int

const (
	rowMajor layout = iota
	channelsLast
	reversed // the first axis innermost
	gaps     // the same, with places between that are somebody else's
)

func normal(shape ...int) input {
	return input{shape: shape, draw: func(rng *rand.Rand) float64 { return rng.NormFloat64() }}
}

// positive draws from [0.5, 2.5).
func positive(shape ...int) input {
	return input{shape: shape, draw: func(rng *rand.Rand) float64 { return 0.5 + 2*rng.Float64() }}
}

// coarse draws from −2, −1, 0, 1 and 2: zeros and ties.
func coarse(shape ...int) input {
	return input{shape: shape, draw: func(rng *rand.Rand) float64 { return float64(rng.IntN(5) - 2) }}
}

// times makes the values larger.
func (in input) times(s float64) input {
	draw := in.draw
	in.draw, in.scale = func(rng *rand.Rand) float64 { return s * draw(rng) }, s
	return in
}

func (in input) in(l layout) input {
	in.layout = l
	return in
}

// newTensor draws a tensor, in row-major order, of numbers that float32 has.
func newTensor[T tensor.Float](rng *rand.Rand, in input) *tensor.Tensor[T] {
	values := make([]T, tensor.Size(in.shape))
	for i := range values {
		values[i] = T(float32(in.draw(rng)))
	}
	return arrange(tensor.FromSlice(values, in.shape...), in.layout)
}

func arrange[T tensor.Float](x *tensor.Tensor[T], l layout) *tensor.Tensor[T] {
	if l == rowMajor || x.Rank() == 0 {
		return x
	}
	if l == channelsLast {
		return tensor.ChannelsLast(x)
	}
	back := slices.Clone(x.Shape())
	slices.Reverse(back)
	n := back[len(back)-1]
	var y *tensor.Tensor[T]
	if l == reversed {
		y = tensor.New[T](back...).Transpose()
	} else {
		back[len(back)-1] = 2*n + 1
		wide := tensor.New[T](back...)
		wide.Fill(T(math.NaN()))
		y = wide.Transpose().Slice(0, 1, n+1)
	}
	tensor.CopyTo(y, x)
	return y
}

type variables[T tensor.Float] = []*autograd.Var[T]

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
