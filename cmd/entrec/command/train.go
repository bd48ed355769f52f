package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// trainFlags are the flags of train.
type trainFlags struct {
	runFlags
	profile               profileFlags
	out, url              string
	resume, skipBad, json bool
}

func newTrain() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an encoder",
		Long: `Train an encoder without labels, and report the accuracy of a nearest-neighbor
classifier on its features before and after. Without flags: simclr-er on the
embedded images, in about a minute on two cores.`,
		Example: `  entrec train
  entrec train --data cifar10 --method simclr --encoder resnet18 --width 16 --batch 128 --epochs 1
  entrec train --out runs/mine --resume`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	f.profile.add(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.out, "out", "", "the run's folder (default runs/METHOD-DATA-SEED); an earlier run there is replaced")
	fs.BoolVar(&f.resume, "resume", false, "go on with the run in --out")
	fs.StringVar(&f.url, "data-url", "", "fetch the data set from this mirror")
	fs.BoolVar(&f.skipBad, "skip-bad", false, "pass over unreadable images in a folder")
	fs.BoolVar(&f.json, "json", false, "print the summary as one JSON object")
	cmd.MarkFlagsMutuallyExclusive("resume", "config")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := f.configuration(cmd)
		if err != nil {
			return err
		}
		split, err := load(cmd.Context(), cmd.ErrOrStderr(), cfg, data.Options{URL: f.url, SkipBad: f.skipBad})
		if err != nil {
			return err
		}
		if err := cfg.Complete(split.Train); err != nil {
			return err
		}
		if f.out == "" {
			f.out = filepath.Join("runs", fmt.Sprintf("%s-%s-%d", cfg.Model.Method, split.Train.Name, cfg.Seed))
		}
		summary, err := f.run(cmd, cfg, split)
		if err != nil {
			return err
		}
		history, err := train.ReadHistory(f.out)
		if err != nil {
			return failed(err)
		}
		if _, err := writePlots(f.out, []*train.History{history}); err != nil {
			return failed(err)
		}
		if f.json {
			return printJSON(cmd, summary)
		}
		printSummary(cmd.OutOrStdout(), f.out, summary)
		printTrends(cmd.OutOrStdout(), history)
		return nil
	}
	return cmd
}

// configuration returns that of a new run or, to go on with, that of the run in
// --out, from which flags must not differ.
func (f *trainFlags) configuration(cmd *cobra.Command) (train.Config, error) {
	if !f.resume {
		return f.resolve(cmd, nil)
	}
	if f.out == "" {
		return train.Config{}, errors.New("--resume needs --out, the folder of the run to go on with")
	}
	stored, err := train.ReadConfig(filepath.Join(f.out, "config.json"), train.Config{})
	if err != nil {
		return train.Config{}, failed(fmt.Errorf("no run to resume: %w", err))
	}
	cfg, err := f.resolve(cmd, &stored)
	if err != nil {
		return train.Config{}, err
	}
	if err := stored.Same(&cfg); err != nil {
		return train.Config{}, fmt.Errorf("%s cannot be resumed otherwise than it began: %w", f.out, err)
	}
	return cfg, nil
}

// run trains, showing progress.
func (f *trainFlags) run(cmd *cobra.Command, cfg train.Config, split *data.Split) (summary train.Summary, err error) {
	progress := newTrainProgress(cmd.ErrOrStderr(), cfg, split)
	defer progress.end()
	err = f.profile.record(func() error {
		var err error
		summary, err = train.Run(cmd.Context(), cfg, split, train.Options{Out: f.out, Resume: f.resume, Report: progress.report, Stale: plotFiles()})
		return failed(err)
	})
	if errors.Is(err, context.Canceled) {
		return summary, failed(fmt.Errorf("interrupted; entrec train --out %s --resume goes on: %w", f.out, err))
	}
	return summary, err
}

// load loads the configuration's data set and cuts it to its subset.
func load(ctx context.Context, stderr io.Writer, cfg train.Config, o data.Options) (*data.Split, error) {
	bar := newFetchProgress(stderr, cfg.Data)
	o.Progress = bar.report
	split, err := data.Load(ctx, cfg.Data, o)
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
	if cfg.Subset > 0 {
		sub, err := split.Train.Subset(cfg.Subset, 0)
		if err != nil {
			return nil, fmt.Errorf("--subset: %w", err)
		}
		split.Train = sub
	}
	return split, nil
}
