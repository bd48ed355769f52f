package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/simd"
	"entrec/tensor"
)

// The files of a run's folder.
const (
	configFile     = "config.json"
	metricsFile    = "metrics.jsonl"
	checkpointFile = "checkpoint.safetensors"
	summaryFile    = "summary.json"
)

// checkpointSteps and logSteps are how many steps apart checkpoints (beside those
// at the end of each epoch) and lines about steps are.
const (
	checkpointSteps = 100
	logSteps        = 10
)

// Event tells of a run's progress.
type Event struct {
	Step, Steps, Epoch int
	Loss               float64
	// Metrics is the line about an epoch that has just ended, nil between.
	Metrics         *EpochMetrics
	ImagesPerSecond float64 // since the run was started or resumed
}

// Options are what a run needs beside its configuration; they do not change its
// result.
type Options struct {
	Out    string      // the run's folder
	Resume bool        // go on from the checkpoint in Out
	Report func(Event) // after each step and epoch; may be nil
}

// ErrNotFinite is wrapped by the error of a run whose loss became NaN or
// infinite.
var ErrNotFinite = errors.New("not finite")

// Run trains as cfg, which must be complete, says, and leaves the run's files in
// opts.Out. When ctx is cancelled, it writes a checkpoint and returns ctx's cause.
// A loss that is not finite stops it with an error that wraps [ErrNotFinite] and
// names the step and the term; the last checkpoint stays.
func Run(ctx context.Context, cfg Config, split *data.Split, opts Options) (Summary, error) {
	if cfg.Precision == "f64" {
		return run[float64](ctx, cfg, split, opts)
	}
	return run[float32](ctx, cfg, split, opts)
}

// trainer is a run in progress.
type trainer[T tensor.Float] struct {
	cfg    *Config
	opts   Options
	split  *data.Split
	method mvssl.Method[T]
	opt    nn.Optimizer[T]
	state  []nn.Named[T]
	views  *view.Pipeline[T]
	plain  *view.Pipeline[T] // normalisation alone
	quick  *data.Split       // for the quick kNN
	held   *data.Dataset     // for the diagnostics
	log    *metricsLog
	steps  int
	at     progress
	began  time.Time // this process's part of the run
	before progress  // at the time began
}

func run[T tensor.Float](ctx context.Context, cfg Config, split *data.Split, opts Options) (Summary, error) {
	t, err := newTrainer[T](&cfg, split, opts)
	if err != nil {
		return Summary{}, err
	}
	defer t.log.close()
	if t.at.Step == 0 {
		if err := t.start(ctx); err != nil {
			return Summary{}, err
		}
	}
	if err := t.train(ctx); err != nil {
		return Summary{}, err
	}
	return t.finish(ctx)
}

// Sizes of the samples for the quick kNN and for the diagnostics, of which there
// are fewer in a smaller data set.
const (
	quickBank, quickQueries = 2000, 1000
	heldOut                 = 512
)

// newTrainer assembles a run and opens its folder.
func newTrainer[T tensor.Float](cfg *Config, split *data.Split, opts Options) (*trainer[T], error) {
	t, err := assemble[T](cfg, split, opts)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.Out, 0o755); err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		return nil, err
	}
	t.log, err = openMetrics(filepath.Join(opts.Out, metricsFile), t.logged())
	return t, err
}

// assemble builds the networks, the optimiser and the views of a run.
func assemble[T tensor.Float](cfg *Config, split *data.Split, opts Options) (*trainer[T], error) {
	t := &trainer[T]{cfg: cfg, opts: opts, split: split, steps: cfg.totalSteps(split.Train.Len()), began: time.Now()}
	rng := rand.New(rand.NewPCG(cfg.Seed, initStream))
	var err error
	if t.method, err = mvssl.New[T](rng, cfg.Model); err != nil {
		return nil, err
	}
	if t.opt, err = nn.NewOptimizer(t.method.Parameters(), optimizerConfig(cfg.Recipe)); err != nil {
		return nil, err
	}
	t.state = state(t.method, t.opt)
	d := split.Train
	if t.views, err = view.New[T](*cfg.Views, d.Channels, d.Height, d.Width); err != nil {
		return nil, err
	}
	if t.plain, err = view.New[T](view.Evaluation(cfg.Views.Size, cfg.Views.Mean, cfg.Views.Std), d.Channels, d.Height, d.Width); err != nil {
		return nil, err
	}
	t.quick = &data.Split{Train: sample(split.Train, quickBank), Test: sample(split.Test, quickQueries)}
	t.held = sample(split.Test, heldOut)
	return t, nil
}

// open prepares the run's folder: for a new run by removing what an earlier one
// left, for a resumed one by reading the checkpoint. A run that was killed before
// its first checkpoint is resumed from its beginning.
func (t *trainer[T]) open() error {
	path := filepath.Join(t.opts.Out, checkpointFile)
	if t.opts.Resume {
		var err error
		t.at, err = readCheckpoint(path, t.cfg, t.state)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		t.before = t.at
		return err
	}
	for _, old := range []string{checkpointFile, summaryFile} {
		if err := os.Remove(filepath.Join(t.opts.Out, old)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return writeJSON(t.opts.Out, configFile, t.cfg)
}

// initStream separates the random numbers of the initialisation from others of
// the same seed.
const initStream = 0x696e6974

// sample returns n images of a fixed choice, all where there are fewer.
func sample(d *data.Dataset, n int) *data.Dataset {
	s, err := d.Subset(min(n, d.Len()), 0)
	if err != nil {
		panic(err) // the size is in range
	}
	return s
}

// logged returns the last step whose lines belong in metrics.jsonl; before the
// first epoch's line, none does.
func (t *trainer[T]) logged() int {
	if t.at.Step == 0 {
		return -1
	}
	return t.at.Step
}

// start measures the untrained encoder.
func (t *trainer[T]) start(ctx context.Context) error {
	untrained, err := t.knn(ctx, t.split)
	if err != nil {
		return errors.Join(err, t.checkpoint())
	}
	t.at.KNNUntrained = &untrained
	if err := t.epochEnd(0, nil); err != nil {
		return err
	}
	return t.checkpoint()
}

// train makes the steps that are left.
func (t *trainer[T]) train(ctx context.Context) error {
	if t.at.Step >= t.steps {
		return nil
	}
	l := newLoader(t.split.Train, t.views, t.cfg, t.at.Step, t.steps)
	defer l.close()
	tape := autograd.NewTape[T]()
	perEpoch := t.cfg.stepsPerEpoch(t.split.Train.Len())
	for t.at.Step < t.steps {
		if ctx.Err() != nil {
			if err := t.checkpoint(); err != nil {
				return err
			}
			return context.Cause(ctx)
		}
		began := time.Now()
		loss, err := t.step(tape, l)
		if err != nil {
			return err
		}
		t.at.TrainSeconds += time.Since(began).Seconds()
		t.report(Event{Loss: loss})
		s := t.at.Step
		if s%perEpoch == 0 || s == t.steps {
			made := (s-1)%perEpoch + 1
			mean := t.at.EpochLoss / float64(made)
			t.at.LastLoss, t.at.EpochLoss = &mean, 0
			if err := t.epochEnd((s+perEpoch-1)/perEpoch, &mean); err != nil {
				return err
			}
		}
		if s%checkpointSteps == 0 || s%perEpoch == 0 || s == t.steps {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
	}
	return nil
}

// step makes one step and returns its loss.
func (t *trainer[T]) step(tape *autograd.Tape[T], l *loader[T]) (float64, error) {
	images := l.next()
	defer l.release(images)
	defer tape.Reset()
	r := t.method.Loss(mvssl.Batch[T]{Images: tape.Constant(images), Views: viewsPerImage})
	loss := float64(r.Loss.Value.Item())
	if err := finite(t.at.Step+1, loss, r.Terms); err != nil {
		return 0, err
	}
	Step(tape, t.method, t.opt, r, t.rate(), t.cfg.Recipe.WeightDecay)
	t.at.Step++
	t.at.EpochLoss += loss
	if t.at.LossFirst == nil {
		t.at.LossFirst = &loss
	}
	if t.at.Step%logSteps != 0 && t.at.Step != 1 {
		return loss, nil
	}
	line := StepMetrics{Kind: "step", Step: t.at.Step, LR: t.rateAt(t.at.Step - 1), Loss: loss, Terms: map[string]float64{}}
	line.Epoch = float64(t.at.Step) / float64(t.cfg.stepsPerEpoch(t.split.Train.Len()))
	for _, term := range r.Terms {
		line.Terms[term.Name] = term.Value
	}
	return loss, t.log.write(line)
}

// Step carries a result's loss back to the method's parameters, moves them with
// learning rate lr and the given weight decay, and lets what follows them follow.
func Step[T tensor.Float](tape *autograd.Tape[T], m mvssl.Method[T], opt nn.Optimizer[T], r mvssl.Result[T], lr, weightDecay float64) {
	for _, p := range m.Parameters() {
		p.ZeroGrad()
	}
	tape.Backward(r.Loss)
	opt.Step(lr, weightDecay)
	m.Update()
}

func (t *trainer[T]) rate() float64 { return t.rateAt(t.at.Step) }

func (t *trainer[T]) rateAt(step int) float64 {
	warmup := int(math.Round(t.cfg.Recipe.Warmup * float64(t.steps)))
	return t.cfg.Recipe.LR * nn.WarmupCosine(step, warmup, t.steps)
}

// finite returns an error that names the step and the first term that is NaN or
// infinite, nil where all are finite.
func finite(step int, loss float64, terms []mvssl.Term) error {
	for _, term := range append(terms, mvssl.Term{Name: "loss", Value: loss}) {
		if math.IsNaN(term.Value) || math.IsInf(term.Value, 0) {
			return fmt.Errorf("step %d: %s is %v: %w; a smaller lr may help", step, term.Name, term.Value, ErrNotFinite)
		}
	}
	return nil
}

// epochEnd writes the line about an epoch. It is quick, and not interrupted: a
// resumed run would miss the line.
func (t *trainer[T]) epochEnd(epoch int, loss *float64) error {
	d, err := t.diagnose()
	if err != nil {
		return err
	}
	quick, err := t.knn(context.Background(), t.quick)
	if err != nil {
		return err
	}
	line := EpochMetrics{
		Kind: "epoch", Step: t.at.Step, Epoch: epoch, Loss: loss, Diagnostics: d,
		Kappa: t.cfg.Diagnostics.Kappa, Self: t.cfg.Diagnostics.Self.String(),
		QuickKNN: quick, QuickBank: t.quick.Train.Len(),
	}
	t.report(Event{Metrics: &line})
	return t.log.write(line)
}

// diagnose returns the diagnostics of two fixed views of the held-out images.
func (t *trainer[T]) diagnose() (eval.Diagnostics, error) {
	var z [viewsPerImage]*tensor.Tensor[T]
	for v := range z {
		images := eval.Images(t.held, t.views, 0, t.held.Len(), view.Key{View: v})
		z[v] = t.method.Project(autograd.NewFrozenTape[T]().Constant(images)).Value
	}
	return eval.Diagnose(z[0], z[1], t.cfg.Diagnostics), nil
}

// knn returns the accuracy of the encoder as it stands.
func (t *trainer[T]) knn(ctx context.Context, s *data.Split) (float64, error) {
	bank, err := eval.Features(ctx, t.method.Encoder(), s.Train, t.plain, 0, s.Train.Len())
	if err != nil {
		return 0, err
	}
	queries, err := eval.Features(ctx, t.method.Encoder(), s.Test, t.plain, 0, s.Test.Len())
	if err != nil {
		return 0, err
	}
	return eval.KNN(bank, s.Train.Labels, queries, s.Test.Labels, t.cfg.KNN), nil
}

func (t *trainer[T]) report(e Event) {
	if t.opts.Report == nil {
		return
	}
	e.Step, e.Steps = t.at.Step, t.steps
	if spent := t.at.TrainSeconds - t.before.TrainSeconds; spent > 0 {
		e.ImagesPerSecond = float64((t.at.Step-t.before.Step)*t.cfg.Batch) / spent
	}
	t.opts.Report(e)
}

func (t *trainer[T]) checkpoint() error {
	t.at.WallSeconds = t.before.WallSeconds + time.Since(t.began).Seconds()
	return writeCheckpoint(filepath.Join(t.opts.Out, checkpointFile), t.cfg, t.at, t.state)
}

// finish evaluates the trained encoder and writes the summary.
func (t *trainer[T]) finish(ctx context.Context) (Summary, error) {
	trained, err := t.knn(ctx, t.split)
	if err != nil {
		return Summary{}, err
	}
	d, err := t.diagnose()
	if err != nil {
		return Summary{}, err
	}
	c := t.cfg
	rate := float64(t.at.Step*c.Batch) / t.at.TrainSeconds
	s := Summary{
		Method: c.Model.Method, Data: c.Data, Encoder: c.Model.Encoder.Name, Width: c.Model.Encoder.Width,
		Precision: c.Precision, SIMD: simd.Current().String(), Threads: tensor.Threads(), Seed: c.Seed,
		Epochs: c.Epochs, Steps: t.at.Step, Batch: c.Batch, Params: nn.CountParameters[T](t.method.Encoder()),
		Loss: t.at.LastLoss, LossFirst: t.at.LossFirst,
		Entropy: &d.Entropy, Reconstruction: &d.Reconstruction, MIER: &d.MIER, MIInfoNCE: &d.MIInfoNCE,
		Alignment: &d.Alignment, Uniformity: &d.Uniformity, EffectiveRank: &d.EffectiveRank,
		KNN: &trained, KNNUntrained: t.at.KNNUntrained, ImagesPerSecond: &rate,
		WallSeconds:  t.before.WallSeconds + time.Since(t.began).Seconds(),
		PeakRSSBytes: PeakRSS(), ParamsSHA256: paramsSHA256(t.method.Encoder()),
	}
	return s, writeJSON(t.opts.Out, summaryFile, s)
}
