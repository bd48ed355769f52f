package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor"
)

func newEval() *cobra.Command {
	var dataName, url string
	var threads int
	var skipBad, asJSON bool
	cmd := &cobra.Command{
		Use:     "eval RUN",
		Short:   "Evaluate a run's encoder: kNN accuracy and the diagnostics of its projections",
		Example: "  entrec eval runs/simclr-er-fashion-mini-0",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&dataName, "data", "", "data set (default: the run's)")
	cmd.Flags().StringVar(&url, "data-url", "", "fetch the data set from this mirror")
	cmd.Flags().IntVar(&threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	cmd.Flags().BoolVar(&skipBad, "skip-bad", false, "pass over unreadable images in a folder")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if threads < 1 {
			return fmt.Errorf("--threads %d must be at least 1", threads)
		}
		tensor.SetThreads(threads)
		cfg, err := train.ReadConfig(filepath.Join(args[0], "config.json"), train.Config{})
		if err != nil {
			return failed(err)
		}
		from := cfg
		if dataName != "" {
			from.Data, from.Subset = dataName, 0
		}
		split, err := load(cmd.Context(), cmd.ErrOrStderr(), from, data.Options{URL: url, SkipBad: skipBad})
		if err != nil {
			return err
		}
		res, err := train.Evaluate(cmd.Context(), cfg, split, args[0])
		if err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd, res)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "kNN accuracy %.2f %%\nentropy %.3f, reconstruction %.3f, MI %.3f (ER) and %.3f (InfoNCE) nats at kappa %g\nalignment %.4f, uniformity %.4f, effective rank %.1f\n",
			100*res.KNN, res.Entropy, res.Reconstruction, res.MIER, res.MIInfoNCE, cfg.Diagnostics.Kappa, res.Alignment, res.Uniformity, res.EffectiveRank)
		return nil
	}
	return cmd
}
