package train

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/tensor"
)

// Streams of random numbers of the same seed.
const (
	initStream    = 0x696e6974 // of the initialization
	prepareStream = 0x70726570 // of a method's preparation of an epoch
	orderStream   = 0x6f726465 // of a method's order of an epoch
	benchStream   = 0x62656e63 // of the images of a benchmark
)

// progress says where the run stands, to the method.
func (t *trainer[T]) progress() mvssl.Progress {
	return mvssl.Progress{Step: t.at.Step, Steps: t.steps, Epoch: t.at.Step / t.perEpoch, StepsPerEpoch: t.perEpoch}
}

// train makes the steps that are left, with the evaluations between them and at the end.
// When ctx is canceled it writes a checkpoint and returns ctx's cause.
func (t *trainer[T]) train(ctx context.Context) error {
	err := t.epochs(ctx)
	if err == nil && t.cfg.Report.Evaluate == mvssl.On {
		err = t.measure(ctx)
	}
	if ctx.Err() == nil || !errors.Is(err, context.Cause(ctx)) && !errors.Is(err, ctx.Err()) {
		return err // also where something else went wrong meanwhile: the last checkpoint stays
	}
	if err := t.checkpoint(); err != nil {
		return err
	}
	if !t.at.beyond(t.before) {
		return fmt.Errorf("%w: %w", ErrNoProgress, context.Cause(ctx))
	}
	return context.Cause(ctx)
}

func (t *trainer[T]) epochs(ctx context.Context) error {
	if t.labeled && t.at.KNNUntrained == nil && t.at.Step == 0 && t.cfg.Report.Evaluate == mvssl.On {
		if err := t.start(ctx); err != nil {
			return err
		}
		if err := t.checkpointInTime(); err != nil {
			return err
		}
	}
	l := newLoader(t.split.Train, t.views, t.cfg.Seed, t.cfg.Batch)
	tape := autograd.NewTape[T]()
	for {
		if err := t.keep(); err != nil {
			return err
		}
		if epoch, ok := t.due(); ok {
			if err := t.epochEnd(ctx, epoch); err != nil {
				return err
			}
			if err := t.checkpointInTime(); err != nil {
				return err
			}
		}
		switch {
		case t.at.Step < t.steps:
		case t.unkept:
			return t.checkpoint()
		default:
			return nil
		}
		if err := t.prepare(ctx); err != nil {
			return err
		}
		order, err := t.order()
		if err != nil {
			return err
		}
		passes, first := t.cfg.Recipe.Accumulate, t.at.Step-t.at.Step%t.perEpoch
		end := min(first+t.perEpoch, t.steps)
		l.start(order, t.progress().Epoch, (t.at.Step-first)*passes, (end-first)*passes)
		err = t.epoch(ctx, tape, l, end)
		l.end()
		if err != nil {
			return err
		}
	}
}

// prepare lets the method prepare the epoch that begins, once.
func (t *trainer[T]) prepare(ctx context.Context) error {
	p := t.progress()
	m, ok := t.Method.(mvssl.Preparer[T])
	if !ok || t.at.Prepared > p.Epoch {
		return nil
	}
	what := Event{Phase: fmt.Sprintf("preparing epoch %d", p.Epoch+1)}
	t.report(what)
	err := m.Prepare(ctx, mvssl.Epoch[T]{
		Progress: p,
		Rand:     t.stream(prepareStream, p.Epoch),
		Map: func(f func(*autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
			defer t.report(what) // with what comes of it
			return t.eval.Map(t.watch(ctx), t.split.Train, f)
		},
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("epoch %d: %w", p.Epoch+1, err)
	}
	t.at.Prepared = p.Epoch + 1
	return t.checkpointInTime()
}

// order returns the order of the samples in the epoch that begins or goes on.
func (t *trainer[T]) order() ([]int, error) {
	n, epoch := t.split.Train.Len(), t.progress().Epoch
	m, ok := t.Method.(mvssl.Sampler)
	if !ok {
		return data.Order(n, t.cfg.Seed, epoch), nil
	}
	order := m.Order(t.stream(orderStream, epoch))
	if len(order) != n {
		return nil, fmt.Errorf("epoch %d: method %s orders %d samples, expected %d", epoch+1, t.cfg.Model.Method, len(order), n)
	}
	for _, i := range order {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("epoch %d: method %s orders sample %d, expected 0 to %d", epoch+1, t.cfg.Model.Method, i, n-1)
		}
	}
	return order, nil
}

// stream returns the random numbers of an epoch for a purpose.
func (t *trainer[T]) stream(purpose uint64, epoch int) *rand.Rand {
	return rand.New(rand.NewPCG(t.cfg.Seed, purpose<<32|uint64(epoch)))
}

// epoch makes the steps up to end, the last of the epoch or of the run.
func (t *trainer[T]) epoch(ctx context.Context, tape *autograd.Tape[T], l *loader[T], end int) error {
	for t.at.Step < end {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if t.at.Step == t.before.Step {
			t.report(Event{Phase: "first step"}) // which tells how long steps take
		}
		began := time.Now()
		line, err := t.makeStep(tape, l)
		if err != nil {
			return err
		}
		t.at.TrainSeconds += time.Since(began).Seconds()
		if t.logs(t.at.Step) {
			if err := t.logStep(line); err != nil {
				return err
			}
		}
		t.report(Event{Loss: line.Loss})
		if t.at.Step == end {
			mean := t.at.EpochLoss / float64((end-1)%t.perEpoch+1)
			t.at.LastLoss = &mean
			if end%t.perEpoch == 0 {
				t.at.EpochLoss = 0
			}
		}
		// Where a line is due, the checkpoint comes after it.
		if _, due := t.due(); !due {
			if err := t.checkpointInTime(); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeStep makes one step and returns what there is to say of it; its loss is, like its
// terms, the mean over its passes.
func (t *trainer[T]) makeStep(tape *autograd.Tape[T], l *loader[T]) (line StepMetrics, err error) {
	passes := t.cfg.Recipe.Accumulate
	loss, terms := 0.0, map[string]float64{}
	for range passes {
		r, err := t.pass(tape, l)
		if err != nil {
			return line, err
		}
		loss += r.loss / float64(passes)
		for _, term := range r.terms {
			terms[term.Name] += term.Value / float64(passes)
		}
	}
	p := t.progress()
	steered, err := t.schedules(p)
	if err != nil {
		return line, err
	}
	t.step.Update(p)
	t.at.Step++
	t.unkept = true
	t.at.EpochLoss += loss
	if t.at.LossFirst == nil {
		t.at.LossFirst = &loss
	}
	lr, decay := t.cfg.Recipe.Rate(p)
	return StepMetrics{
		Kind: "step", Step: t.at.Step, Epoch: float64(t.at.Step) / float64(t.perEpoch),
		LR: lr, WeightDecay: decay, Loss: loss, Terms: terms, Schedules: steered,
	}, nil
}

// logs reports whether there is a line about a step.
func (t *trainer[T]) logs(step int) bool { return step%t.cfg.Report.LogEvery == 0 || step == 1 }

// schedules returns the numbers by which the method makes the step that is next, where
// there is a line about it. The error is about one that is not finite.
func (t *trainer[T]) schedules(p mvssl.Progress) (map[string]float64, error) {
	m, ok := t.Method.(mvssl.Scheduled)
	if !ok || !t.logs(p.Step+1) {
		return nil, nil
	}
	terms, all := m.Schedules(p), map[string]float64{}
	for _, term := range terms {
		all[term.Name] = term.Value
	}
	return all, t.cfg.finite(p.Step+1, p.Step, terms)
}

// timed is a moment of training: the steps made by then, and the seconds that they took.
type timed struct {
	step    int
	seconds float64
}

// logStep writes the lines about a step, and how fast the steps since the last ones were.
func (t *trainer[T]) logStep(line StepMetrics) error {
	times := Throughput{Kind: line.Kind, Step: line.Step, Epoch: line.Epoch, Time: float64(time.Now().UnixMilli()) / 1000}
	if spent := t.at.TrainSeconds - t.timed.seconds; spent > 0 {
		times.ImagesPerSecond = float64((t.at.Step-t.timed.step)*t.perStep()) / spent
	}
	t.timed = timed{t.at.Step, t.at.TrainSeconds}
	return errors.Join(t.log.write(line), t.times.write(times), t.board.step(line, times))
}

// pass is what is left of a pass when its tape has been reset.
type pass struct {
	loss  float64
	terms []mvssl.Term
}

// pass adds the gradients of one batch.
func (t *trainer[T]) pass(tape *autograd.Tape[T], l *loader[T]) (pass, error) {
	images, err := l.next()
	if err != nil {
		return pass{}, err
	}
	defer l.release(images)
	defer tape.Reset()
	batch := images.batch(tape, t.progress())
	if t.cfg.supervised() {
		batch = batch.WithLabels(t.split.Train.Labels)
	}
	r := t.Method.Loss(batch)
	p := pass{float64(r.Loss.Value.Item()), r.Terms}
	terms := append(slices.Clone(p.terms), mvssl.Term{Name: "loss", Value: p.loss})
	if err := t.cfg.finite(t.at.Step+1, t.at.Step, terms); err != nil {
		return p, err
	}
	if err := t.probe.learn(batch, t.split.Train.Labels); err != nil {
		return p, err
	}
	t.step.Backward(tape, r)
	return p, nil
}
