package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"

	"entrec/mvssl/mi"
	"entrec/nn"
)

// k is how many pairs are in a batch: few, for the sake of the critic concat.
const k = 32

// run is a training of two encoders by an estimator with a critic.
type run struct {
	Estimator string    `json:"estimator"`
	Critic    mi.Critic `json:"critic"`
	Seed      uint64    `json:"seed"`
	Points    []point   `json:"points"`
	// Inverse is how far, at most, the inverse of the trained encoder is from the pixels, of
	// encoders that have one.
	Inverse *float64 `json:"inverse,omitempty"`
}

// point is what is known of the encoders after some steps.
type point struct {
	Steps  int     `json:"steps"`
	Bound  float64 `json:"bound"`  // nats, of pairs of test images: the mean over batches
	Linear float64 `json:"linear"` // accuracy on test images by codes of the upper halves
}

// looks is how often the invertible encoders are looked at, after the beginning.
const looks = 4

// learnInvertibly trains encoders that lose no information, and looks at them on the way.
func (r *run) learnInvertibly(ctx context.Context, im *images, steps int) error {
	rng := rand.New(rand.NewPCG(r.Seed, 3))
	f, g := newCoupled(rng, im.d), newCoupled(rng, im.d)
	if err := r.learn(ctx, im, f, g, im.d, steps, looks); err != nil {
		return err
	}
	off := f.off(im.upper(im.test, 0, k))
	r.Inverse = &off
	return nil
}

// learnFreely trains encoders that may lose what they like, and looks at them in the end.
func (r *run) learnFreely(ctx context.Context, im *images, steps int) error {
	rng := rand.New(rand.NewPCG(r.Seed, 3))
	widths := []int{im.d, 300, 300, 100} // Tschannen et al.'s
	mlp := func() *nn.MLP[float32] {
		return nn.NewMLP[float32](rng, nn.MLPConfig{Widths: widths, Bias: true, LastBias: true})
	}
	return r.learn(ctx, im, mlp(), mlp(), widths[len(widths)-1], steps, 1)
}

// learn trains encoders whose codes have d numbers, and looks at them at the beginning and
// as often again.
func (r *run) learn(ctx context.Context, im *images, f, g nn.Module[float32], d, steps, looks int) error {
	e, err := mi.FindEstimator(r.Estimator)
	if err != nil {
		return err
	}
	l, err := mi.NewLearner(mi.Settings{Estimator: e, Critic: r.Critic, LR: mi.UsualLR, Seed: r.Seed}, f, g, d, d)
	if err != nil {
		return err
	}
	next := im.batches(r.Seed)
	for step := range steps + 1 {
		if step*looks/steps > (step-1)*looks/steps || step == 0 {
			p := point{Steps: step, Bound: im.bound(l)}
			if p.Linear, err = im.linear(f); err != nil {
				return err
			}
			r.Points = append(r.Points, p)
		}
		if step == steps {
			break
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := l.Step(next()); err != nil {
			return fmt.Errorf("%s with the critic %s, step %d: %w", r.Estimator, r.Critic, step+1, err)
		}
	}
	return nil
}

// boundBatches are of test pairs, by which a bound is told.
const boundBatches = 80

// bound is the mean of the estimates of batches of test pairs.
func (im *images) bound(l *mi.Learner) float64 {
	var values []float64
	for at := 0; at+k <= min(im.most, im.test.Len()) && len(values) < boundBatches; at += k {
		values = append(values, l.Estimate(im.pairs(im.test, span(at, at+k))))
	}
	return stat.Mean(values, nil)
}
