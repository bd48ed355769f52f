package train

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"entrec/autograd"
	"entrec/internal/about"
	"entrec/internal/lock"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/nn"
	"entrec/simd"
	"entrec/tensor"
)

// checkpointPause is how long a run goes on without a checkpoint, to the step or the
// evaluation at whose end it is over.
const checkpointPause = 5 * time.Minute

// Event tells of a run's progress.
type Event struct {
	Step, Steps int
	Loss        float64 // of the step
	// Metrics is the line about an epoch that has just ended, nil between. Its Warning
	// is for the user.
	Metrics         *EpochMetrics
	ImagesPerSecond float64 // since the run was started or resumed
	SecondsLeft     float64 // that the steps to come take at that speed, 0 before there is one
	// Phase says what takes its time beside steps, empty where it is a step; of it Done
	// of Total is done, Total 0 where nobody knows.
	Phase       string
	Done, Total int
	// Warning is for the user, about what was found in the run's folder; empty as a rule.
	Warning string
}

// Options are what a run needs beside its configuration; they do not change its
// result.
type Options struct {
	Out       string      // the run's folder
	Resume    bool        // go on from the checkpoint in Out, if there is one
	Overwrite bool        // remove the run that is in Out
	AnyLevel  bool        // go on at another SIMD level than the run was made at
	Report    func(Event) // after each step and epoch, and during evaluations; may be nil
	// Ended is called once the run's files are written, while Out is still held, to add
	// others to them; may be nil.
	Ended func(Summary) error
	// Advanced is called, while Out is held, once a checkpoint has more than the run began
	// with this time; may be nil.
	Advanced func() error
	// Now is the clock by which checkpoints are written; nil is time.Now.
	Now func() time.Time
}

// ErrOccupied is wrapped by the error of a run whose folder holds another.
var ErrOccupied = errors.New("holds a run")

// ErrNotFinite is wrapped by the error of a run whose loss became NaN or
// infinite.
var ErrNotFinite = errors.New("not finite")

// ErrNoProgress is wrapped, beside the cause, by the error of a run that was interrupted
// before it had done anything that it will not have to do again.
var ErrNoProgress = errors.New("no progress was made")

// Run trains as cfg says on the part of a data set that [Resolve] returned with it,
// and leaves the run's files in opts.Out. Meanwhile the folder is this process's: the
// error of a folder that another trains in is a *lock.Held. One that holds a run
// already is refused with an error that wraps [ErrOccupied], unless it is to be resumed
// or overwritten; one that holds files of a run's names that are none, with an error
// that wraps [ErrForeign], whatever is asked. When ctx is canceled, Run writes a
// checkpoint and returns ctx's cause, with [ErrNoProgress] where it had come to nothing.
// A loss that is not finite stops it with an error that wraps [ErrNotFinite] and names
// the step and the term; the last checkpoint stays.
func Run(ctx context.Context, cfg Config, split *data.Split, opts Options) (Summary, error) {
	if cfg.Precision == F64 {
		return run[float64](ctx, cfg, split, opts)
	}
	return run[float32](ctx, cfg, split, opts)
}

// trainer is a run in progress.
type trainer[T tensor.Float] struct {
	*Networks[T]
	opts            Options
	split           *data.Split
	step            *Stepper[T]
	views           *viewSet[T]
	eval            *eval.Evaluator[T]
	labeled         bool          // so that there are accuracies
	quick           *data.Split   // for the quick kNN
	held            *data.Dataset // for the diagnostics
	lock            *lock.Lock
	log             *metricsLog
	times           *metricsLog // throughput.jsonl
	timed           timed       // at its last line
	board           *board      // or nil
	steps, perEpoch int
	began           time.Time // this process's part of the run
	kept            time.Time // the last checkpoint, by Options.Now
	unkept          bool      // there are steps or lines that are in no checkpoint
	before          progress  // at the time began
}

func run[T tensor.Float](ctx context.Context, cfg Config, split *data.Split, opts Options) (s Summary, err error) {
	t, err := newTrainer[T](cfg, split, opts)
	if err != nil {
		return s, err
	}
	defer func() { err = closed(err, t.close()) }()
	if err := t.train(ctx); err != nil {
		return s, err
	}
	if s, err = t.finish(); err == nil && opts.Ended != nil {
		err = opts.Ended(s)
	}
	return s, err
}

// closed joins the error of a run and that of giving its folder back. To be interrupted
// is none beside another.
func closed(err, left error) error {
	switch {
	case left == nil:
		return err
	case err == nil, errors.Is(err, context.Canceled):
		return left
	}
	return errors.Join(err, left)
}

// newTrainer assembles a run and opens its folder.
func newTrainer[T tensor.Float](cfg Config, split *data.Split, opts Options) (*trainer[T], error) {
	t, err := assemble[T](cfg, split, opts)
	if err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// close gives the run's folder back.
func (t *trainer[T]) close() error {
	var err error
	for _, log := range []*metricsLog{t.log, t.times} {
		if log != nil {
			err = errors.Join(err, log.close())
		}
	}
	err = errors.Join(err, t.board.close())
	if t.lock != nil {
		err = errors.Join(err, t.lock.Release())
	}
	return err
}

// assemble builds a run on a data set.
func assemble[T tensor.Float](cfg Config, split *data.Split, opts Options) (*trainer[T], error) {
	d := split.Train
	if n := d.Len(); n != cfg.Images {
		return nil, fmt.Errorf("data set %s: found %d training images, expected the %d of the configuration", d.Name, n, cfg.Images)
	}
	weights, err := initial(cfg, opts)
	if err != nil {
		return nil, err
	}
	networks, stepper, err := build[T](cfg, weights)
	if err != nil {
		return nil, err
	}
	t := &trainer[T]{
		Networks: networks, opts: opts, split: split, step: stepper, labeled: labeled(split),
		steps: cfg.TotalSteps(), perEpoch: cfg.StepsPerEpoch(), began: time.Now(),
	}
	if split.Test != nil {
		t.quick, t.held = &data.Split{Train: sample(d, quickBank), Test: sample(split.Test, quickQueries)}, sample(split.Test, HeldOut)
	}
	if t.opts.Now == nil {
		t.opts.Now = time.Now
	}
	t.kept = t.opts.Now()
	if t.views, err = newViewSet[T](cfg.Views, cfg.Model.WholeViews(cfg.Views), d.Channels); err != nil {
		return nil, err
	}
	t.eval, err = eval.NewEvaluator(t.Method, cfg.Views, d.Channels, cfg.Model.Encoder.Height, cfg.Resize)
	return t, err
}

// Networks are those of a run, with where it stands.
type Networks[T tensor.Float] struct {
	Method mvssl.Method[T]
	cfg    *Config
	probe  *probe[T]     // or nil
	state  []nn.Named[T] // of the method, the optimizer and the probe
	at     progress
}

// Step returns how many steps the networks were trained for.
func (n *Networks[T]) Step() int { return n.at.Step }

// build makes the networks and the optimizer of a run, the encoder with weights where there
// are some.
func build[T tensor.Float](cfg Config, weights *nn.Weights) (*Networks[T], *Stepper[T], error) {
	rng := rand.New(rand.NewPCG(cfg.Seed, initStream))
	setting := cfg.setting()
	setting.Weights = weights
	m, err := mvssl.New[T](rng, cfg.Model, setting)
	if err != nil {
		return nil, nil, err
	}
	stepper, err := NewStepper(m, cfg.Recipe)
	if err != nil {
		return nil, nil, err
	}
	n := &Networks[T]{Method: m, cfg: &cfg, at: progress{Numerics: Numerics}}
	if cfg.Probe == OnlineProbe {
		if n.probe, err = newProbe(m, cfg); err != nil {
			return nil, nil, err
		}
		n.probe.State("probe.", func(name string, v *autograd.Var[T]) { n.state = append(n.state, nn.Named[T]{Name: name, Var: v}) })
	}
	stepper.State("", func(name string, v *autograd.Var[T]) { n.state = append(n.state, nn.Named[T]{Name: name, Var: v}) })
	return n, stepper, nil
}

// Load returns the networks of the run in a folder, whose configuration is cfg, as its
// checkpoint left them.
func Load[T tensor.Float](dir string, cfg Config) (*Networks[T], error) {
	n, _, err := build[T](cfg, nil)
	if err != nil {
		return nil, err
	}
	c, err := openCheckpoint(dir)
	if err != nil {
		return nil, err
	}
	return n, n.take(c)
}

func (t *trainer[T]) report(e Event) {
	if t.opts.Report == nil {
		return
	}
	e.Step, e.Steps = t.at.Step, t.steps
	if spent := t.at.TrainSeconds - t.before.TrainSeconds; spent > 0 {
		steps := float64(t.at.Step - t.before.Step)
		e.ImagesPerSecond = steps * float64(t.perStep()) / spent
		e.SecondsLeft = spent / steps * float64(t.steps-t.at.Step)
	}
	t.opts.Report(e)
}

// perStep returns the number of source images in a step.
func (t *trainer[T]) perStep() int { return t.cfg.Batch * t.cfg.Recipe.Accumulate }

// warn tells the user of something.
func (t *trainer[T]) warn(text string) { t.report(Event{Phase: "taking up the run", Warning: text}) }

// checkpoint writes the run's state, which no line of metrics.jsonl is behind. State that
// is not finite is an error: nothing could go on with it.
func (t *trainer[T]) checkpoint() error {
	if err := t.finiteState(); err != nil {
		return err
	}
	if err := t.log.sync(); err != nil {
		return err
	}
	t.at.WallSeconds = t.before.WallSeconds + time.Since(t.began).Seconds()
	t.at.Images = t.split.Train.Len()
	lines := t.log.lines
	t.at.Lines = &lines
	if err := t.lock.Verify(); err != nil {
		return err
	}
	if err := writeCheckpoint(t.opts.Out, t.cfg, t.at, t.state); err != nil {
		return err
	}
	t.kept, t.unkept = t.opts.Now(), false
	if t.opts.Advanced != nil && t.at.beyond(t.before) {
		return t.opts.Advanced()
	}
	return nil
}

// checkpointInTime writes a checkpoint where the last one is long ago.
func (t *trainer[T]) checkpointInTime() error {
	if t.opts.Now().Sub(t.kept) < checkpointPause {
		return nil
	}
	return t.checkpoint()
}

// finish writes the summary.
func (t *trainer[T]) finish() (Summary, error) {
	c := t.cfg
	s := Summary{
		Method: c.Model.Method, Data: c.Data, DataSHA256: c.DataSHA256, Encoder: c.Model.Encoder.Name, Width: c.Model.Encoder.Width,
		Precision: c.Precision, SIMD: simd.Current().String(), SIMDLevels: t.at.SIMDLevels, Numerics: t.at.Numerics, Threads: tensor.Threads(), Seed: c.Seed,
		Epochs: c.Epochs, Steps: t.at.Step, Batch: c.Batch, Params: nn.CountParameters[T](t.Method.Encoder()),
		Loss: t.at.LastLoss, LossFirst: t.at.LossFirst, KNNUntrained: t.at.KNNUntrained, EvalSplit: c.EvalSplit(),
		ParamsSHA256: ParamsSHA256(t.Method.Encoder()), Host: about.Host(), Processor: about.Processor(), Version: about.Build(), Attempts: t.at.Attempts,
	}
	if row, err := mvssl.Find(c.Model.Method); err == nil {
		s.Nats = row.Nats
	}
	if t.at.TrainSeconds > 0 {
		rate := float64(t.at.Step*t.perStep()) / t.at.TrainSeconds
		s.ImagesPerSecond = &rate
	}
	if f := t.at.Final; c.Report.Evaluate == mvssl.On {
		s.KNN, s.Linear, s.ProbeOnline = f.KNN, f.Linear, f.Online
		s.LinearBag, s.Bag = f.Bag, f.Crops
		d := f.Diagnostics
		s.Entropy, s.Reconstruction, s.MIER, s.MIInfoNCE = &d.Entropy, &d.Reconstruction, &d.MIER, &d.MIInfoNCE
		s.EntropyKNN, s.EntropyLogDet = d.EntropyKNN, d.EntropyLogDet
		s.Alignment, s.Uniformity, s.EffectiveRank = &d.Alignment, &d.Uniformity, &d.EffectiveRank
	}
	s.WallSeconds = t.before.WallSeconds + time.Since(t.began).Seconds()
	s.PeakRSSBytes = PeakRSS()
	if err := t.lock.Verify(); err != nil {
		return s, err
	}
	var err error
	if s.PredictionsSHA256, err = t.keepPredictions(); err != nil {
		return s, err
	}
	return s, writeJSON(t.opts.Out, SummaryFile, s)
}
