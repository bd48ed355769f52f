package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// trainFlags are the flags of train.
type trainFlags struct {
	runFlags
	profile                    profileFlags
	out, url                   string
	resume, overwrite, skipBad bool
	noEval, json, printConfig  bool
}

func newTrain(args []string) *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an encoder",
		Long: `Train an encoder without labels, and report the accuracy of a nearest-neighbor
classifier on its features before and after. Without flags: simclr-er on the
embedded images, in about a minute on two cores. Flags and defaults below are
those of the method that --method names.`,
		Example: `  entrec train
  entrec train --data cifar10 --method simclr --width 16 --batch 128 --epochs 1
  entrec train --out runs/mine --resume
  entrec train --method byol --help`,
		Args: cobra.NoArgs,
	}
	f.add(cmd, methodOf(args))
	f.profile.add(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.url, "data-url", "", "fetch the data set from this mirror")
	fs.BoolVar(&f.skipBad, "skip-bad", false, "pass over unreadable images in a folder")
	fs.StringVar(&f.out, "out", "", "the run's folder (default runs/METHOD-DATA-SEED, or the next free name after it)")
	fs.BoolVar(&f.resume, "resume", false, "go on with the run in --out, longer where --epochs or --steps say so; begin it where there is none")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace the run in --out")
	f.field(cmd, groupReports, "log-every", "report.log_every", "int", "10", "steps between lines of metrics.jsonl about steps")
	f.field(cmd, groupReports, "eval-every", "report.eval_every", "int", "1", "epochs between diagnostics")
	fs.BoolVar(&f.noEval, "no-eval", false, "train alone: no accuracies, no diagnostics")
	fs.BoolVar(&f.json, "json", false, "print the summary as one JSON object")
	fs.BoolVar(&f.printConfig, "print-config", false, "print the complete configuration as JSON, and do not train")
	for flag, in := range map[string]string{
		"data-url": groupData, "skip-bad": groupData, "out": groupFolder, "resume": groupFolder, "overwrite": groupFolder,
		"no-eval": groupReports, "json": groupReports, "print-config": groupFolder,
	} {
		group(cmd, flag, in)
	}
	cmd.MarkFlagsMutuallyExclusive("resume", "overwrite")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return f.explain(f.train(cmd)) }
	return cmd
}

func (f *trainFlags) train(cmd *cobra.Command) error {
	r, err := f.request()
	if err != nil {
		return err
	}
	if f.noEval {
		r.Set("report.evaluate", "off")
	}
	stored, err := f.stored()
	if err != nil {
		return err
	}
	if stored != nil {
		if r.Text("data") == "" || !cmd.Flags().Changed("data") {
			r.Set("data", stored.Data)
		}
	} else if err := r.Check(); err != nil {
		return err
	}
	full, err := load(cmd.Context(), cmd.ErrOrStderr(), r.Data(), data.Options{URL: f.url, SkipBad: f.skipBad})
	if err != nil {
		return err
	}
	var cfg train.Config
	var split *data.Split
	if stored != nil {
		cfg, split, err = train.Resume(f.out, *stored, r, full)
	} else {
		cfg, split, err = train.Resolve(r, full)
	}
	if errors.Is(err, train.ErrData) {
		return failed(err)
	}
	if err != nil {
		return err
	}
	if f.printConfig {
		text, err := json.MarshalIndent(cfg, "", "  ")
		if err == nil {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
		}
		return failed(err)
	}
	if err := f.folder(cfg, split); err != nil {
		return err
	}
	summary, err := f.run(cmd, cfg, split)
	if err != nil {
		return err
	}
	return f.show(cmd, summary)
}

// stored returns the configuration of the run to go on with, nil for a new run. A
// folder that holds a run is refused unless it is to be resumed or replaced.
func (f *trainFlags) stored() (*train.Config, error) {
	if f.out == "" {
		if f.resume || f.overwrite {
			return nil, errors.New("--resume and --overwrite need --out, the run's folder")
		}
		return nil, nil
	}
	occupied, err := train.Occupied(f.out)
	switch {
	case err != nil:
		return nil, failed(err)
	case !occupied || f.overwrite:
		return nil, nil
	case !f.resume && !f.printConfig:
		return nil, fmt.Errorf("--out: %s holds a run: --resume goes on with it, --overwrite replaces it", f.out)
	case !f.resume:
		return nil, nil
	}
	c, err := train.ReadConfig(f.out)
	if errors.Is(err, os.ErrNotExist) { // killed before it wrote one
		return nil, nil
	}
	return &c, failed(err)
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

// run trains, showing progress.
func (f *trainFlags) run(cmd *cobra.Command, cfg train.Config, split *data.Split) (summary train.Summary, err error) {
	progress := newTrainProgress(cmd.ErrOrStderr(), cfg, split)
	defer progress.end()
	err = f.profile.record(func() error {
		var err error
		summary, err = train.Run(cmd.Context(), cfg, split, train.Options{Out: f.out, Resume: f.resume, Overwrite: f.overwrite, Report: progress.report})
		return failed(err)
	})
	if cmd.Context().Err() != nil && err != nil {
		progress.end()
		return summary, failed(fmt.Errorf("%w; entrec train --out %s --resume goes on", err, f.out))
	}
	return summary, err
}

// show draws the run's figures and prints its summary.
func (f *trainFlags) show(cmd *cobra.Command, summary train.Summary) error {
	history, err := runs.ReadHistory(f.out)
	if err != nil {
		return failed(err)
	}
	if _, err := writePlots(f.out, []*runs.History{history}); err != nil {
		return failed(err)
	}
	if f.json {
		return printJSON(cmd, summary)
	}
	printSummary(cmd.OutOrStdout(), f.out, summary)
	printTrends(cmd.OutOrStdout(), history)
	return nil
}

// loadPause is how long loading is silent.
const loadPause = time.Second

// load loads a data set.
func load(ctx context.Context, stderr io.Writer, nameOrPath string, o data.Options) (*data.Split, error) {
	slow := time.AfterFunc(loadPause, func() { fmt.Fprintf(stderr, "loading %s\n", nameOrPath) })
	defer slow.Stop()
	bar := newFetchProgress(stderr, nameOrPath)
	o.Progress = bar.report
	split, err := data.Load(ctx, nameOrPath, o)
	bar.end()
	var unknown *data.UnknownError
	switch {
	case errors.As(err, &unknown):
		return nil, err
	case err != nil:
		return nil, failed(err)
	}
	if n := len(split.Skipped); n > 0 {
		fmt.Fprintf(stderr, "passed over %d unreadable images, the first %s\n", n, split.Skipped[0])
	}
	return split, nil
}
