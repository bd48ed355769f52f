package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"entrec/internal/printable"
	"entrec/mvssl/data"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// trainFlags are the flags of train.
type trainFlags struct {
	runFlags
	loadFlags
	profile                   profileFlags
	out                       string
	resume, overwrite, quick  bool
	noEval, json, printConfig bool
}

func newTrain(args []string) *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an encoder",
		Long: `Train an encoder without labels, and report the accuracy of a nearest-neighbor
classifier on its features before and after. Without flags: simclr-er on the
embedded images, in about a minute on two cores; with --quick in seconds.
Flags and defaults below are those of the method that --method names. The
method supervised is the baseline that learns from labels.`,
		Example: `  entrec train
  entrec train --quick --method supervised
  entrec train --data cifar10 --method simclr --width 16 --batch 128 --epochs 1
  entrec train --out runs/mine --resume
  entrec train --method byol --help`,
		Args: cobra.NoArgs,
	}
	f.runFlags.add(cmd, methodOf(args))
	f.loadFlags.add(cmd)
	f.profile.add(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.out, "out", "", "the run's folder (default runs/METHOD-DATA-SEED, or the next free name after it)")
	if err := cmd.RegisterFlagCompletionFunc("out", completeRun); err != nil {
		panic(err) // there is no such flag
	}
	fs.BoolVar(&f.resume, "resume", false, "go on with the run in --out, longer where --epochs or --steps say so; begin it where there is none")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace the run in --out")
	f.short(cmd, groupReports, "log-every", "int", "10", "steps between lines of metrics.jsonl about steps")
	f.short(cmd, groupReports, "log", "string", "none", "further form in which numbers are logged: TensorBoard's event files, in the run's folder").choices = train.Log("").Choices()
	complete(cmd, "log", train.Log("").Choices())
	f.short(cmd, groupReports, "eval-every", "int", "1", "epochs between diagnostics")
	f.short(cmd, groupReports, "keep-every", "int", "0", "epochs after which the encoder is kept each time, in encoders/; 0 keeps none")
	f.short(cmd, groupReports, "probe", "string", "none", "classifier that is trained beside the encoder, and does not change it").choices = train.Probe("").Choices()
	complete(cmd, "probe", train.Probe("").Choices())
	f.short(cmd, groupReports, "bag", "int", fmt.Sprint(rowOf(methodOf(args)).Bag), "augmented crops of an image that features are averaged over for a further linear probe, 0 for none")
	f.short(cmd, groupReports, "keep-predictions", "bool", "false", "keep the classes that kNN and the linear probe find, in predictions.json")
	fs.Lookup("keep-predictions").NoOptDefVal = "true"
	fs.BoolVar(&f.quick, "quick", false, "try it in seconds: 512 training images, an encoder of width 4 and 2 epochs, where other flags do not say otherwise")
	group(cmd, "quick", groupTraining)
	fs.BoolVar(&f.noEval, "no-eval", false, "train alone: no accuracies, no diagnostics")
	fs.BoolVar(&f.json, "json", false, "print the summary as one JSON object")
	fs.BoolVar(&f.printConfig, "print-config", false, "print the complete configuration as JSON, and do not train")
	for flag, in := range map[string]string{
		"out": groupFolder, "resume": groupFolder, "overwrite": groupFolder,
		"no-eval": groupReports, "json": groupReports, "print-config": groupFolder,
	} {
		group(cmd, flag, in)
	}
	f.addMethod(cmd, methodOf(args))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		means(cmd.Context(), func(cause error) error {
			if errors.Is(cause, Interrupted{nearlyUp}) {
				return failed(errTooShort)
			}
			return cause
		})
		return f.explain(f.train(cmd))
	}
	return cmd
}

func (f *trainFlags) train(cmd *cobra.Command) error {
	stored, err := f.stored(cmd)
	if err != nil {
		return err
	}
	r, err := f.request()
	if err != nil {
		return err
	}
	if f.noEval {
		r.Set("report.evaluate", "off")
	}
	if stored == nil {
		if f.quick {
			r.Quick()
		}
		err = r.Check()
	}
	if err != nil {
		return err
	}
	cfg, split, err := f.resolve(cmd, r, stored)
	var broken *train.CheckpointError
	if errors.Is(err, train.ErrData) || errors.As(err, &broken) {
		return failed(err)
	}
	if err != nil {
		return initFailure(err)
	}
	if f.printConfig {
		text, err := json.MarshalIndent(cfg, "", "  ")
		if err == nil {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), plainJSON(text))
		}
		return failed(err)
	}
	if quick := cfg.QuickWords(); quick != "" && stored == nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "--quick: %s; to see it run, not for results\n", quick)
	}
	if stored == nil {
		if err := noteInit(cfg, cmd.ErrOrStderr()); err != nil {
			return err
		}
	}
	goesOn := ""
	if stored != nil {
		goesOn = f.out
	}
	if err := f.simd.force(goesOn, cmd.ErrOrStderr()); err != nil {
		return err
	}
	if err := f.profile.spare(f.out, f.config, cfg.Data); err != nil {
		return err
	}
	if err := f.folder(cfg, split); err != nil {
		return err
	}
	return f.run(cmd, cfg, split)
}

// initFailure says of an error about the weights that an encoder begins with whether the
// command was asked wrongly, for a file that is not there, or failed. Others stay.
func initFailure(err error) error {
	var unfit *train.InitError
	switch {
	case !errors.As(err, &unfit):
		return err
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("--init: %w", err)
	}
	return failed(err)
}

// noteInit tells what an encoder takes of the weights that it begins with.
func noteInit(cfg train.Config, stderr io.Writer) error {
	if cfg.Init == "" {
		return nil
	}
	note, err := train.CheckInit(cfg)
	if err != nil {
		return failed(err)
	}
	fmt.Fprintln(stderr, note)
	return nil
}

// resolve loads the data and makes the configuration of a request, or of the run that is
// gone on with.
func (f *trainFlags) resolve(cmd *cobra.Command, r *train.Request, stored *train.Config) (train.Config, *data.Split, error) {
	f.skipBad = f.skipBad || r.SkipsBad() || stored != nil && stored.SkipBad
	if f.skipBad {
		r.Set("skip_bad", true)
	}
	if stored == nil {
		full, err := f.load(cmd.Context(), cmd.ErrOrStderr(), r.Data())
		if err != nil {
			return train.Config{}, nil, err
		}
		return train.Resolve(r, full)
	}
	load, own := f.load, !r.Asks("data") || r.Data() == stored.Data
	if own {
		r.Set("data", stored.Data)
		load = func(ctx context.Context, stderr io.Writer, nameOrPath string) (*data.Split, error) {
			return f.loadOwn(ctx, stderr, nameOrPath, f.out)
		}
	}
	full, err := load(cmd.Context(), cmd.ErrOrStderr(), r.Data())
	if err != nil {
		return train.Config{}, nil, err
	}
	cfg, split, err := train.Resume(f.out, *stored, r, full)
	switch {
	case !errors.Is(err, train.ErrChanged):
	case own:
		err = failed(fmt.Errorf("%w: bring back what the run began with (--data where that is elsewhere), or begin another run with another --out", err))
	default:
		err = fmt.Errorf("--data: %w", err)
	}
	return cfg, split, err
}

// stored returns the configuration of the run to go on with, nil for a new run. A
// folder that holds a run is refused unless it is to be resumed or replaced.
func (f *trainFlags) stored(cmd *cobra.Command) (*train.Config, error) {
	switch {
	case f.resume && f.overwrite:
		return nil, usageError{errors.New("--resume goes on with the run in --out and --overwrite replaces it: expected one of them"), cmd.UseLine()}
	case f.out == "" && f.resume:
		return nil, usageError{errors.New("--resume needs --out, the run's folder"), cmd.UseLine()}
	case f.out == "" && f.overwrite:
		return nil, usageError{errors.New("--overwrite needs --out, the run's folder"), cmd.UseLine()}
	case f.out == "":
		return nil, nil
	}
	if !f.printConfig {
		occupied, err := train.Occupied(f.out)
		if occupied && err == nil && !f.resume && !f.overwrite {
			err = fmt.Errorf("%s %w", f.out, train.ErrOccupied)
		}
		if err != nil {
			return nil, refused(err)
		}
	}
	if !f.resume {
		return nil, nil
	}
	c, err := train.ReadConfig(f.out)
	if errors.Is(err, os.ErrNotExist) { // there is no run, or it was killed before it wrote one
		return nil, nil
	}
	return &c, failed(err)
}

// refused words why a run may not write into its folder: wrongly asked where that holds
// another run or what is not ours, failed where another process is in it.
func refused(err error) error {
	switch {
	case errors.Is(err, train.ErrOccupied):
		return fmt.Errorf("--out: %w: --resume goes on with it, --overwrite replaces it", err)
	case errors.Is(err, train.ErrForeign):
		return fmt.Errorf("--out: %w", err)
	}
	return failed(err)
}

// folder takes the next free name for the run's folder where none is given.
func (f *trainFlags) folder(cfg train.Config, split *data.Split) error {
	if f.out != "" {
		return nil
	}
	if err := os.MkdirAll("runs", 0o755); err != nil {
		return failed(err)
	}
	name := filepath.Join("runs", fmt.Sprintf("%s-%s-%d", cfg.Model.Method, split.Train.Name, cfg.Seed))
	for n := 1; ; n++ {
		f.out = name
		if n > 1 {
			f.out = fmt.Sprintf("%s-%d", name, n)
		}
		switch err := os.Mkdir(f.out, 0o755); {
		case err == nil:
			return nil
		case !errors.Is(err, os.ErrExist):
			return failed(err)
		}
	}
}

// run trains, showing progress, draws the run's figures and prints its summary.
func (f *trainFlags) run(cmd *cobra.Command, cfg train.Config, split *data.Split) error {
	ctx := cmd.Context()
	defer hold(ctx)()
	progress := newTrainProgress(cmd.ErrOrStderr(), cfg, split)
	defer progress.end()
	var history *runs.History
	draw := func(train.Summary) (err error) {
		if history, err = runs.ReadHistory(f.out); err == nil {
			_, err = writePlots(f.out, []*runs.History{history})
		}
		return err
	}
	var summary train.Summary
	err := f.profile.record(func() (err error) {
		summary, err = train.Run(ctx, cfg, split, train.Options{Out: f.out, Resume: f.resume, Overwrite: f.overwrite, AnyLevel: f.simd.name == train.AnyLevel, Report: progress.report, Ended: draw})
		return err
	})
	progress.end()
	switch {
	case err == nil:
	case errors.Is(err, train.ErrNoProgress) && errors.Is(context.Cause(ctx), Interrupted{nearlyUp}):
		return failed(errTooShort)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return failed(interruption{context.Cause(ctx), f.after(progress.last)})
	default:
		return refused(err)
	}
	if f.json {
		return printJSON(cmd, summary)
	}
	printSummary(cmd.OutOrStdout(), f.out, summary)
	printTrends(cmd.OutOrStdout(), history)
	return nil
}

// after says where a run was interrupted, and what goes on with it.
func (f *trainFlags) after(last train.Event) string {
	where := fmt.Sprintf("at step %d of %d", last.Step, last.Steps)
	switch {
	case last.Step == 0:
		where = "before the first step"
	case last.Step == last.Steps:
		where = "after the last step"
	}
	return fmt.Sprintf(" %s; entrec train --out %s --resume goes on", where, printable.Word(f.out))
}
