package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

func newTrain() *cobra.Command {
	var f runFlags
	var profile profileFlags
	var out, url string
	var resume, skipBad, asJSON bool
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an encoder",
		Long: `Train an encoder without labels, and report the accuracy of a nearest-neighbour
classifier on its features before and after. Without flags: simclr-er on the
embedded images, in about a minute on two cores.`,
		Example: `  entrec train
  entrec train --data cifar10 --method simclr --encoder resnet18 --width 16 --batch 128 --epochs 1
  entrec train --out runs/mine --resume`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	profile.add(cmd)
	fs := cmd.Flags()
	fs.StringVar(&out, "out", "", "the run's folder (default runs/METHOD-DATA-SEED); an earlier run there is replaced")
	fs.BoolVar(&resume, "resume", false, "go on with the run in --out")
	fs.StringVar(&url, "data-url", "", "fetch the data set from this mirror")
	fs.BoolVar(&skipBad, "skip-bad", false, "pass over unreadable images in a folder")
	fs.BoolVar(&asJSON, "json", false, "print the summary as one JSON object")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var base *train.Config
		if resume {
			if out == "" {
				return errors.New("--resume needs --out, the folder of the run to go on with")
			}
			stored, err := train.ReadConfig(filepath.Join(out, "config.json"), train.Config{})
			if err != nil {
				return failed(fmt.Errorf("no run to resume: %w", err))
			}
			base = &stored
		}
		cfg, err := f.resolve(cmd, base)
		if err != nil {
			return err
		}
		if resume {
			if err := base.Same(&cfg); err != nil {
				return fmt.Errorf("%s cannot be resumed otherwise than it began: %w", out, err)
			}
		}
		stderr := cmd.ErrOrStderr()
		split, err := load(cmd.Context(), stderr, cfg, data.Options{URL: url, SkipBad: skipBad})
		if err != nil {
			return err
		}
		if err := cfg.Complete(split.Train); err != nil {
			return err
		}
		if out == "" {
			out = filepath.Join("runs", fmt.Sprintf("%s-%s-%d", cfg.Model.Method, split.Train.Name, cfg.Seed))
		}
		progress := newTrainProgress(stderr, cfg, split)
		var summary train.Summary
		err = profile.record(func() error {
			var err error
			summary, err = train.Run(cmd.Context(), cfg, split, train.Options{Out: out, Resume: resume, Report: progress.report})
			return failed(err)
		})
		progress.end()
		if errors.Is(err, context.Canceled) {
			return failed(fmt.Errorf("interrupted; entrec train --out %s --resume goes on: %w", out, err))
		}
		if err != nil {
			return err
		}
		history, err := train.ReadHistory(out)
		if err != nil {
			return failed(err)
		}
		if _, err := writePlots(out, []*train.History{history}); err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd, summary)
		}
		printSummary(cmd.OutOrStdout(), out, summary)
		printTrends(cmd.OutOrStdout(), history)
		return nil
	}
	return cmd
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

func printSummary(w io.Writer, out string, s train.Summary) {
	fmt.Fprintf(w, "%s on %s: %s of width %d, %d parameters, %s\n", s.Method, s.Data, s.Encoder, s.Width, s.Params, s.Precision)
	row := func(name, unit string, v *float64, scale float64) {
		if v != nil {
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-24s %9.3f %s", name, *v*scale, unit), " "))
		}
	}
	row("kNN accuracy, untrained", "%", s.KNNUntrained, 100)
	row("kNN accuracy, trained", "%", s.KNN, 100)
	row("linear accuracy", "%", s.Linear, 100)
	row("entropy", "nats", s.Entropy, 1)
	row("reconstruction", "nats", s.Reconstruction, 1)
	row("MI, ER bound", "nats", s.MIER, 1)
	row("MI, InfoNCE bound", "nats", s.MIInfoNCE, 1)
	row("entropy of W", "nats", s.EntropyW, 1)
	row("reconstruction of W", "nats", s.ReconstructionW, 1)
	row("MI with W, ER bound", "nats", s.MIERW, 1)
	row("alignment", "", s.Alignment, 1)
	row("uniformity", "", s.Uniformity, 1)
	row("effective rank", "", s.EffectiveRank, 1)
	row("speed", "images/s", s.ImagesPerSecond, 1)
	fmt.Fprintf(w, "  %-24s %9.1f s\n", "wall time", s.WallSeconds)
	fmt.Fprintf(w, "  params sha256 %s\n", s.ParamsSHA256)
	fmt.Fprintf(w, "  written to %s\n", out+string(os.PathSeparator))
}
