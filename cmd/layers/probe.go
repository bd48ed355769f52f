package main

import (
	"math/rand/v2"
	"time"

	"entrec/autograd"
	"entrec/internal/bench"
	"entrec/nn"
	"entrec/tensor"
)

// probe times operations on some images, each alone on a tape.
type probe[T tensor.Float] struct {
	images  int
	seconds float64 // how long a measurement takes, about
	rng     *rand.Rand
}

func newProbe[T tensor.Float](images int, seconds float64) *probe[T] {
	return &probe[T]{images, seconds, rand.New(rand.NewPCG(1, 1))}
}

// operate is an operation.
type operate[T tensor.Float] func(x []nn.Measured[T]) *autograd.Var[T]

// time returns the seconds that an operation takes forward and backward, on inputs of
// the given shapes, (c, h, w) or (c) for each image.
func (p *probe[T]) time(op operate[T], shapes ...[]int) (forward, backward float64) {
	return bench.Quickest(p.seconds, p.forward(op, shapes))[0], bench.Quickest(p.seconds, p.backward(op, shapes))[0]
}

// more returns how many seconds more than plain an operation takes.
func (p *probe[T]) more(op, plain operate[T], shapes ...[]int) (forward, backward float64) {
	f := bench.Quickest(p.seconds, p.forward(op, shapes), p.forward(plain, shapes))
	b := bench.Quickest(p.seconds, p.backward(op, shapes), p.backward(plain, shapes))
	return f[0] - f[1], b[0] - b[1]
}

// statistics returns the seconds that a convolution takes more where it makes the
// statistics of its output, which it does not without a gradient.
func (p *probe[T]) statistics(shape []int) float64 {
	convolve := func(tape *autograd.Tape[T]) func(n int) float64 {
		output := p.input(tape, shape)
		return alone(tape, func() float64 {
			began := bench.ProcessorTime()
			output()
			return (bench.ProcessorTime() - began).Seconds()
		})
	}
	t := bench.Quickest(p.seconds, convolve(autograd.NewTape[T]()), convolve(autograd.NewFrozenTape[T]()))
	return t[0] - t[1]
}

// forward measures op behind convolutions of a single channel with a kernel of 1×1,
// whose outputs bring their statistics along, as in a step.
func (p *probe[T]) forward(op operate[T], shapes [][]int) func(n int) float64 {
	tape := autograd.NewTape[T]()
	var inputs []func() nn.Measured[T]
	for _, shape := range shapes {
		inputs = append(inputs, p.input(tape, shape))
	}
	return alone(tape, func() float64 {
		var x []nn.Measured[T]
		for _, input := range inputs {
			x = append(x, input())
		}
		began := bench.ProcessorTime()
		op(x)
		return (bench.ProcessorTime() - began).Seconds()
	})
}

// input returns what makes an input of forward.
func (p *probe[T]) input(tape *autograd.Tape[T], shape []int) func() nn.Measured[T] {
	if len(shape) == 1 {
		x := p.random(shape...)
		return func() nn.Measured[T] { return nn.Measured[T]{Var: tape.Leaf(x)} }
	}
	x, weight := p.random(1, shape[1], shape[2]), tensor.New[T](shape[0], 1, 1, 1)
	weight.Fill(1)
	return func() nn.Measured[T] {
		y, moments := autograd.Conv2dMoments(tape.Constant(x), tape.Constant(weight), 1, 0)
		return nn.Measured[T]{Var: y, Moments: moments}
	}
}

// backward measures op from when the gradient of its result is there until those of its
// inputs are: between an operation that is recorded after it and one before it.
func (p *probe[T]) backward(op operate[T], shapes [][]int) func(n int) float64 {
	tape := autograd.NewTape[T]()
	var values []*tensor.Tensor[T]
	for _, shape := range shapes {
		values = append(values, p.random(shape...))
	}
	var gradient *tensor.Tensor[T]
	return alone(tape, func() float64 {
		var began, ended time.Duration
		mark := func(value *tensor.Tensor[T], at func()) *autograd.Var[T] {
			return autograd.Function(value, func(_ *tensor.Tensor[T], _ []*tensor.Tensor[T]) { at() }, tape.Leaf(tensor.Scalar(T(0))))
		}
		var x []nn.Measured[T]
		for i, v := range values {
			x = append(x, nn.Measured[T]{Var: mark(v, func() {
				if i == len(values)-1 { // the first to be met
					ended = bench.ProcessorTime()
				}
			})})
		}
		y := op(x)
		if gradient == nil {
			gradient = tensor.NewLike(y.Value, make([]T, y.Value.Len()))
			gradient.Fill(1)
		}
		start := mark(tensor.Scalar(T(0)), func() { began = bench.ProcessorTime() })
		tape.BackwardFrom([]*autograd.Var[T]{y, start}, []*tensor.Tensor[T]{gradient, tensor.Scalar(T(1))})
		return (ended - began).Seconds()
	})
}

// alone measures what f times, each time on an empty tape.
func alone[T tensor.Float](tape *autograd.Tape[T], f func() float64) func(n int) float64 {
	return func(n int) (took float64) {
		for range n {
			took += f()
			tape.Reset()
		}
		return took
	}
}

// random returns normal values for each image, channels-last where there are pixels.
func (p *probe[T]) random(shape ...int) *tensor.Tensor[T] {
	all := append([]int{p.images}, shape...)
	data := make([]T, tensor.Size(all))
	for i := range data {
		data[i] = T(p.rng.NormFloat64())
	}
	if len(shape) == 3 {
		return tensor.FromChannelsLast(data, all...)
	}
	return tensor.FromSlice(data, all...)
}
