package mvssl

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// Target is a branch that no gradient reaches. Its parameters follow those of the
// branch that learns, as their exponential moving average; its batch norm goes by
// the batch's statistics and gathers running ones of its own (moco/builder.py,
// main_dino.py, byol_experiment.py).
type Target[T Float] struct {
	Backbone[T]
	tape *autograd.Tape[T] // records nothing
}

// NewTarget returns a target that starts as a copy of the online branch, which was
// built for the same configuration.
func NewTarget[T Float](online *Backbone[T], b Build) (Target[T], error) {
	b.Rand = rand.New(rand.NewPCG(0, 0)) // the weights are copied
	n, err := NewBackbone[T](b)
	if err != nil {
		return Target[T]{}, err
	}
	nn.CopyState(nn.Module[T](&n), nn.Module[T](online))
	return Target[T]{n, autograd.NewFrozenTape[T]()}, nil
}

// Projections returns the target's projections of images, not normalized, as
// constants. They hold until it is called again.
func (t *Target[T]) Projections(images *autograd.Var[T]) *autograd.Var[T] {
	return t.Map(images.Value, func(x *autograd.Var[T]) *autograd.Var[T] { return t.Forward(training, x) })
}

// Map returns f of images, as constants. They hold until the target is used again.
func (t *Target[T]) Map(images *tensor.Tensor[T], f func(images *autograd.Var[T]) *autograd.Var[T]) *autograd.Var[T] {
	t.tape.Reset()
	return f(t.tape.Constant(images))
}

// Follow moves the target's parameters: momentum·target + (1 − momentum)·online.
func (t *Target[T]) Follow(online *Backbone[T], momentum float64) {
	nn.UpdateEMA(nn.Module[T](&t.Backbone), nn.Module[T](online), momentum)
}

// At returns the momentum of a step: base throughout, or rising from base to 1 by
// half a cosine over the run (byol/utils/schedules.py).
func (s EMASchedule) At(base float64, p Progress) float64 {
	if s == ConstantEMA {
		return base
	}
	return nn.Cosine(p.Step, p.Steps, base, 1)
}

// EMABase returns the base momentum of a target for a run of so many steps, at
// least least:
//
//	1 − 8.6·steps^−0.6
//
// which passes by BYOL's published bases: 0.97 for 40 epochs of ImageNet at batch
// 4096 (12,500 steps), 0.99 for 300 and 0.996 for 1000 (configs/byol.py). A run of
// a thousand steps has no time for a slow target: there least rules.
func EMABase(steps int, least float64) float64 {
	return math.Max(least, 1-8.6*math.Pow(float64(max(steps, 1)), -0.6))
}
