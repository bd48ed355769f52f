package train

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
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
	// Metrics is the line about an epoch that has just ended, nil between. Its Warning
	// is for the user.
	Metrics         *EpochMetrics
	ImagesPerSecond float64 // since the run was started or resumed
}

// Options are what a run needs beside its configuration; they do not change its
// result.
type Options struct {
	Out    string      // the run's folder
	Resume bool        // go on from the checkpoint in Out
	Report func(Event) // after each step and epoch; may be nil
	// Stale names files in Out, beside the run's own, that a new run removes: they are
	// about the run that it replaces.
	Stale []string
}

// ErrNotFinite is wrapped by the error of a run whose loss became NaN or
// infinite.
var ErrNotFinite = errors.New("not finite")

// Run trains as cfg, which must be complete, says, and leaves the run's files in
// opts.Out. When ctx is canceled, it writes a checkpoint and returns ctx's cause.
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
	cfg             *Config
	opts            Options
	split           *data.Split
	method          mvssl.Method[T]
	step            *Stepper[T]
	state           []nn.Named[T]
	views           *viewSet[T]
	plain           *view.Pipeline[T] // normalization alone
	quick           *data.Split       // for the quick kNN
	held            *data.Dataset     // for the diagnostics
	log             *metricsLog
	steps, perEpoch int
	at              progress
	began           time.Time // this process's part of the run
	before          progress  // at the time began
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

// newTrainer assembles a run and opens its folder.
func newTrainer[T tensor.Float](cfg *Config, split *data.Split, opts Options) (*trainer[T], error) {
	t, err := assemble[T](cfg, split, opts)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.Out, 0o755); err != nil {
		return nil, err
	}
	if err := sweep(opts.Out); err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		return nil, err
	}
	t.log, err = openMetrics(filepath.Join(opts.Out, metricsFile), t.logged())
	return t, err
}

// assemble builds a run on a data set.
func assemble[T tensor.Float](cfg *Config, split *data.Split, opts Options) (*trainer[T], error) {
	t, err := build[T](cfg, split.Train.Len())
	if err != nil {
		return nil, err
	}
	t.opts = opts
	return t, t.use(split)
}

// build makes the networks and the optimizer of a run on so many training images.
func build[T tensor.Float](cfg *Config, images int) (*trainer[T], error) {
	t := &trainer[T]{cfg: cfg, began: time.Now(), steps: cfg.totalSteps(images), perEpoch: cfg.stepsPerEpoch(images)}
	rng := rand.New(rand.NewPCG(cfg.Seed, initStream))
	var err error
	if t.method, err = mvssl.New[T](rng, cfg.Model, cfg.setting(images)); err != nil {
		return nil, err
	}
	if t.step, err = NewStepper(t.method, cfg.Recipe); err != nil {
		return nil, err
	}
	t.step.State("", func(name string, v *autograd.Var[T]) { t.state = append(t.state, nn.Named[T]{Name: name, Var: v}) })
	return t, nil
}

// minTest is how many test images the diagnostics need, which go by their distances.
const minTest = 2

// use sets the data to train and to evaluate on, and makes the views of it.
func (t *trainer[T]) use(split *data.Split) error {
	if n := split.Test.Len(); n < minTest {
		return fmt.Errorf("data set %s: found %d test image, expected at least %d", split.Test.Name, n, minTest)
	}
	t.split = split
	d, first := split.Train, t.cfg.Views[0]
	var err error
	if t.views, err = newViewSet[T](t.cfg.Views, d.Channels, d.Height, d.Width); err != nil {
		return err
	}
	if t.plain, err = view.New[T](view.Evaluation(d.Height, first.Mean, first.Std), d.Channels, d.Height, d.Width); err != nil {
		return err
	}
	t.quick = &data.Split{Train: sample(split.Train, quickBank), Test: sample(split.Test, quickQueries)}
	t.held = sample(split.Test, heldOut)
	return nil
}

// sweep removes what a process that was killed while it wrote a file left in its
// place: see safetensors.WriteFile.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, file := range []string{configFile, checkpointFile, summaryFile} {
			if strings.HasPrefix(e.Name(), "."+file+".") {
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
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
	for _, old := range append([]string{checkpointFile, summaryFile}, t.opts.Stale...) {
		if err := os.Remove(filepath.Join(t.opts.Out, old)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return writeJSON(t.opts.Out, configFile, t.cfg)
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

func (t *trainer[T]) report(e Event) {
	if t.opts.Report == nil {
		return
	}
	e.Step, e.Steps = t.at.Step, t.steps
	if spent := t.at.TrainSeconds - t.before.TrainSeconds; spent > 0 {
		e.ImagesPerSecond = float64((t.at.Step-t.before.Step)*t.perStep()) / spent
	}
	t.opts.Report(e)
}

// perStep returns the number of source images in a step.
func (t *trainer[T]) perStep() int { return t.cfg.Batch * t.cfg.Recipe.Passes() }

func (t *trainer[T]) checkpoint() error {
	t.at.WallSeconds = t.before.WallSeconds + time.Since(t.began).Seconds()
	t.at.Images = t.split.Train.Len()
	return writeCheckpoint(filepath.Join(t.opts.Out, checkpointFile), t.cfg, t.at, t.state)
}

// finish evaluates the trained encoder and writes the summary.
func (t *trainer[T]) finish(ctx context.Context) (Summary, error) {
	bank, queries, err := t.features(ctx, t.split)
	if err != nil {
		return Summary{}, err
	}
	trained := eval.KNN(bank, t.split.Train.Labels, queries, t.split.Test.Labels, t.cfg.KNN)
	linear, _, err := eval.Linear(ctx, bank, t.split.Train.Labels, queries, t.split.Test.Labels)
	if err != nil {
		return Summary{}, err
	}
	c, d := t.cfg, t.diagnose()
	rate := float64(t.at.Step*t.perStep()) / t.at.TrainSeconds
	s := Summary{
		Method: c.Model.Method, Data: c.Data, Encoder: c.Model.Encoder.Name, Width: c.Model.Encoder.Width,
		Precision: c.Precision, SIMD: simd.Current().String(), Threads: tensor.Threads(), Seed: c.Seed,
		Epochs: c.Epochs, Steps: t.at.Step, Batch: c.Batch, Params: nn.CountParameters[T](t.method.Encoder()),
		Loss: t.at.LastLoss, LossFirst: t.at.LossFirst,
		Entropy: &d.Entropy, Reconstruction: &d.Reconstruction, MIER: &d.MIER, MIInfoNCE: &d.MIInfoNCE,
		Alignment: &d.Alignment, Uniformity: &d.Uniformity, EffectiveRank: &d.EffectiveRank,
		KNN: &trained, KNNUntrained: t.at.KNNUntrained, Linear: &linear, ImagesPerSecond: &rate,
		WallSeconds:  t.before.WallSeconds + time.Since(t.began).Seconds(),
		PeakRSSBytes: PeakRSS(), ParamsSHA256: paramsSHA256(t.method.Encoder()),
	}
	return s, writeJSON(t.opts.Out, summaryFile, s)
}
