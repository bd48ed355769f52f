// Command halves repeats in small what Tschannen et al. (2020, arXiv:1907.13625) hold against
// the reading that representations are good because they have much mutual information. Pairs
// are the upper and the lower halves of gray images.
//
//	go run ./cmd/halves --data /usr/share/datasets/fashion-mnist --out docs/results/mi
//
// Encoders that lose no information, so that I(f(X); g(Y)) cannot change, are trained by a
// bound on it, and classes become easier to tell by their codes. Free encoders are trained
// by bounds with different critics: the value of the bound and the accuracy are compared.
// Bounds of pairs that are not independent of the others of their batch lie above the truth.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"entrec/internal/files"
	"entrec/mvssl/mi"
	"entrec/tensor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if newCommand().ExecuteContext(ctx) != nil {
		os.Exit(1) // cobra has said why
	}
}

func newCommand() *cobra.Command {
	var name, out string
	var steps int
	c := &cobra.Command{
		Use: "halves", Short: "Does more mutual information make better representations?",
		SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if steps < looks {
				return fmt.Errorf("--steps: found %d, expected at least %d", steps, looks)
			}
			im, err := load(cmd.Context(), name, looked)
			if err != nil {
				return err
			}
			r := experiments(name, im, steps)
			if err := r.make(cmd, im, drawn); err != nil {
				return err
			}
			return r.save(cmd, out)
		},
	}
	c.Flags().StringVar(&name, "data", "fashion-mini", "gray images with labels: a name or a folder, as of entrec train")
	c.Flags().StringVar(&out, "out", "", "the folder that gets halves.json and halves.md")
	c.Flags().IntVar(&steps, "steps", 600, "steps of each training")
	cobra.CheckErr(c.MarkFlagRequired("out"))
	return c
}

// trials is how many seeds a training is made with, looked how many images accuracies are
// of, and drawn how many batches of dependent pairs are estimated.
const trials, looked, drawn = 2, 10_000, 1000

// experiments returns the record of what is to be made.
func experiments(name string, im *images, steps int) *record {
	r := &record{Data: filepath.Base(name), Train: im.train.Len(), Test: min(im.most, im.test.Len()), K: k, Steps: steps}
	for _, estimator := range []string{"infonce", "nwj"} {
		for _, critic := range []mi.Critic{mi.Bilinear, mi.Separable, mi.Concatenated} {
			for seed := range uint64(trials) {
				if critic == mi.Concatenated && seed > 0 {
					continue // it costs many times as much
				}
				r.Critics = append(r.Critics, &run{Estimator: estimator, Critic: critic, Seed: seed})
			}
		}
		for seed := range uint64(trials) {
			r.Invertible = append(r.Invertible, &run{Estimator: estimator, Critic: mi.Bilinear, Seed: seed})
		}
		r.Dependent = append(r.Dependent, &draws{Estimator: estimator})
	}
	return r
}

// make makes the experiments, one training a thread.
func (r *record) make(cmd *cobra.Command, im *images, batches int) error {
	threads := tensor.Threads()
	defer tensor.SetThreads(threads)
	tensor.SetThreads(1) // a training is too small to be shared
	work, ctx := errgroup.WithContext(cmd.Context())
	work.SetLimit(threads)
	begun := log.New(cmd.ErrOrStderr(), "halves: ", 0) // by one thread at a time
	begin := func(what string, train func() error) {
		work.Go(func() error {
			begun.Println(what)
			return train()
		})
	}
	for _, run := range r.Critics {
		begin(fmt.Sprintf("free encoders by %s %s, seed %d", run.Estimator, run.Critic, run.Seed), func() error { return run.learnFreely(ctx, im, r.Steps) })
	}
	for _, run := range r.Invertible {
		begin(fmt.Sprintf("invertible encoders by %s, seed %d", run.Estimator, run.Seed), func() error { return run.learnInvertibly(ctx, im, r.Steps) })
	}
	for _, d := range r.Dependent {
		begin("dependent pairs by "+d.Estimator, func() error { return d.estimate(ctx, r.Steps, batches) })
	}
	return work.Wait()
}

// save writes the record and its tables, and prints these.
func (r *record) save(cmd *cobra.Command, out string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := files.Write(filepath.Join(out, "halves.json"), append(text, '\n')); err != nil {
		return err
	}
	tables := r.markdown()
	if err := files.Write(filepath.Join(out, "halves.md"), []byte(tables)); err != nil {
		return err
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), tables)
	return err
}
