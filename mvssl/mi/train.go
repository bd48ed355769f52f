package mi

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// outcome is what an estimator says of batches, or why it says nothing.
type outcome struct {
	estimates []float64
	err       error
}

// tell reports an estimate that is not finite, as the reason why the estimator says nothing;
// where and help are for its reader.
func (o *outcome) tell(estimate float64, where, help string) {
	if o.err == nil && !finite(estimate) {
		o.err = fmt.Errorf("%sthe estimate is %v, expected a finite number: %s may help", where, estimate, help)
	}
}

// tellStep is tell of a step of training, from 0.
func (o *outcome) tellStep(estimate float64, step int) {
	o.tell(estimate, fmt.Sprintf("step %d: ", step+1), "a lower learning rate")
}

// failed reports whether no estimator says anything.
func failed(list []outcome) bool {
	return !slices.ContainsFunc(list, func(o outcome) bool { return o.err == nil })
}

// newTrainer returns one for estimators that are trained alike and pairs from a source.
func (s *Settings) newTrainer(estimators []Estimator, src *source) *trainer {
	kappa := s.Kappa
	if kappa == 0 {
		kappa = usualKappa
		if src.kappa > 0 {
			kappa = src.kappa
		}
	}
	return newTrainer(estimators, s.Critic, rand.New(rand.NewPCG(s.Seed, 2)), src.dx, src.dy, kappa, src.entropy)
}

// train trains the critic, and estimates by it: an outcome for each of the estimators, which
// are trained alike, after so many steps.
func (s *Settings) train(ctx context.Context, estimators []Estimator, src *source) (list []outcome, steps int, err error) {
	t := s.newTrainer(estimators, src)
	list = make([]outcome, len(estimators))
	if t.trained() {
		steps = s.Steps
		if err := s.fit(ctx, src, t, list); err != nil {
			return nil, 0, err
		}
	}
	for range src.batches {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		if failed(list) {
			break
		}
		for i, v := range t.estimate(t.points(src.test(s.K))) {
			list[i].estimates = append(list[i].estimates, v)
			list[i].tell(v, "", "more pairs in a batch (k)")
		}
	}
	return list, steps, nil
}

// looks is how many times a critic is looked at on the way.
const looks = 40

// fit trains the critic, as long as some estimate is finite.
func (s *Settings) fit(ctx context.Context, src *source, t *trainer, list []outcome) error {
	best := best{value: math.Inf(-1)}
	for step := range s.Steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x, y := t.points(src.train(s.K))
		for i, v := range t.step(x, y, s.LR) {
			list[i].tellStep(v, step)
		}
		if failed(list) {
			return nil
		}
		if src.choose != nil && ((step+1)*looks/s.Steps > step*looks/s.Steps) {
			best.look(t, src.choose)
		}
		if s.Progress != nil {
			s.Progress(step+1, s.Steps)
		}
	}
	best.restore(t)
	return nil
}
