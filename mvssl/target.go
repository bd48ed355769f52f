package mvssl

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// target is a branch that no gradient reaches. Its parameters follow those of the
// branch that learns, as their exponential moving average; its batch norm goes by
// the batch's statistics and gathers running ones of its own (moco/builder.py,
// main_dino.py, byol_experiment.py).
type target[T Float] struct {
	backbone[T]
	tape *autograd.Tape[T] // records nothing
}

// newTarget returns a target that starts as a copy of the online branch, which was
// built for the same configuration.
func newTarget[T Float](online *backbone[T], c Config) (target[T], error) {
	b, err := newBackbone[T](rand.New(rand.NewPCG(0, 0)), c)
	if err != nil {
		return target[T]{}, err
	}
	nn.CopyState(nn.Module[T](&b), nn.Module[T](online))
	return target[T]{b, autograd.NewFrozenTape[T]()}, nil
}

// project returns the target's projections of images, not normalized. They hold
// until it is called again.
func (t *target[T]) project(images *autograd.Var[T]) *tensor.Tensor[T] {
	t.tape.Reset()
	return t.Forward(training, t.tape.Constant(images.Value)).Value
}

// follow moves the target's parameters: momentum·target + (1 − momentum)·online.
func (t *target[T]) follow(online *backbone[T], momentum float64) {
	nn.UpdateEMA(nn.Module[T](&t.backbone), nn.Module[T](online), momentum)
}

// emaBase returns the base momentum of a target for a run of so many steps, at
// least least:
//
//	1 − 8.6·steps^−0.6
//
// which passes by BYOL's published bases: 0.97 for 40 epochs of ImageNet at batch
// 4096 (12,500 steps), 0.99 for 300 and 0.996 for 1000 (configs/byol.py). A run of
// a thousand steps has no time for a slow target: there least rules.
func emaBase(steps int, least float64) float64 {
	return math.Max(least, 1-8.6*math.Pow(float64(max(steps, 1)), -0.6))
}
