package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

func newEval() *cobra.Command {
	var f lookFlags
	var weights weightsFlags
	cmd := &cobra.Command{
		Use:   "eval RUN",
		Short: "Evaluate a run: nearest neighbors, linear probes, diagnostics",
		Long: `Evaluate the encoder in a run's folder: the accuracy of a nearest-neighbor
classifier and of linear classifiers on its features, which learn from the
training images, each with its 95 % bootstrap interval; and entropy,
reconstruction and the bounds on mutual information of its projections.
Accuracies are of the test images or, where the run holds images out, of these
until --split test asks for the others. Without labels there are none. With
--labels 1% the classifiers learn from the labels of that part alone, as many
of each class: always the same images.

With --weights in place of a run: the accuracies of an encoder that was trained
elsewhere, on a data set. Its width and the like are read off the file.`,
		Example: `  entrec eval runs/simclr-er-fashion-mini-0
  entrec eval runs/mine --labels 1%
  entrec eval --data cifar10 --json runs/mine
  entrec eval --weights resnet50.safetensors --encoder resnet50 --data photos/`,
		Args: cobra.MaximumNArgs(1),

		ValidArgsFunction: completeRun,
	}
	f.add(cmd)
	weights.add(cmd)
	var part partFlag
	cmd.Flags().Var(&part, "split", "which images accuracies are of: test, or val, those held out (default: as during training)")
	complete(cmd, "split", []string{"test", "val"})
	var bag int
	cmd.Flags().IntVar(&bag, "bag", 0, "augmented crops of an image that features are averaged over for a further linear probe, 0 for none (default: as during training)")
	var labels labelsFlag
	cmd.Flags().Var(&labels, "labels", "training images whose labels classifiers learn from: 1%, 0.1, or a number such as 500, as many of each class (default all)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := weights.check(cmd, &f, args); err != nil {
			return err
		}
		if weights.file != "" {
			return weights.evaluate(cmd, &f, labels)
		}
		if err := f.check(); err != nil {
			return err
		}
		if bag < 0 || bag > train.MaxBag {
			return fmt.Errorf("--bag: found %d, expected 0 to %d", bag, train.MaxBag)
		}
		cfg, err := train.ReadConfig(args[0])
		if err != nil {
			return failed(err)
		}
		if part.Part != "" && f.data != "" {
			return fmt.Errorf("--split: found %s beside --data, expected none: of other data accuracies are of the test images", part.Part)
		}
		asked := part.Part
		if asked == "" {
			part.Part = cfg.EvalSplit()
		}
		if f.data != "" {
			part.Part = data.Validation // where there are no test images
		}
		if part.Part == data.Validation && cfg.Holdout == 0 && f.data == "" {
			return fmt.Errorf("--split val: no images of %s were held out; the run has --holdout 0", args[0])
		}
		cfg, split, err := f.look(cmd, args[0], part.Part)
		if err != nil {
			return err
		}
		if split.Test == nil && asked == data.Test {
			return fmt.Errorf("--split test: found no test images in data set %s, expected some", split.Train.Name)
		}
		if split.Test == nil {
			return failed(fmt.Errorf("data set %s: found no test images, and none held out, expected some to evaluate on", split.Train.Name))
		}
		if split, err = labels.of(split); err != nil {
			return err
		}
		if cmd.Flags().Changed("bag") {
			cfg.Report.Bag = bag
		}
		progress := newScreen(cmd.ErrOrStderr())
		res, err := runs.Evaluate(eval.WithProgress(cmd.Context(), progress.phase), cfg, split, args[0])
		progress.end()
		if err != nil {
			return failed(err)
		}
		if f.json {
			return printJSON(cmd, res)
		}
		printEvaluation(cmd.OutOrStdout(), cfg, res)
		return nil
	}
	return cmd
}

// labelsFlag is the part of the training images whose labels are learned from.
type labelsFlag struct {
	data.Share
	text string // "" for all
}

// Set takes a share.
func (l *labelsFlag) Set(text string) (err error) {
	l.text = text
	l.Share, err = data.ParseShare(text)
	return err
}

// String returns the share as it was written.
func (l *labelsFlag) String() string { return l.text }

// Type names the value in help.
func (l *labelsFlag) Type() string { return "share" }

// of returns the split with those labels alone.
func (l *labelsFlag) of(split *data.Split) (*data.Split, error) {
	if l.text == "" {
		return split, nil
	}
	labeled, err := split.Labeled(l.Share)
	if err != nil {
		return nil, fmt.Errorf("--labels %s: %w", l.text, err)
	}
	return labeled, nil
}

// printOf prints which images accuracies are of, and from how many labels, where that is
// not all.
func printOf(w io.Writer, part data.Part, l runs.LabelShare) {
	from := ""
	if l.Fraction != nil && *l.Fraction < 1 {
		from = fmt.Sprintf(", from %d labels (%.3g %% of the training images)", *l.Labels, 100**l.Fraction)
	}
	fmt.Fprintf(w, "of the %s images%s\n", part.Words(), from)
}

// printAccuracy prints an accuracy with its interval, if there is one.
func printAccuracy(w io.Writer, name string, v *float64, interval *[2]float64, more string) {
	if v != nil {
		fmt.Fprintf(w, "%-22s %8.2f %%   (%.2f to %.2f)%s\n", name, 100**v, 100*interval[0], 100*interval[1], more)
	}
}

func printEvaluation(w io.Writer, cfg train.Config, e runs.Evaluation) {
	printOf(w, e.Split, e.LabelShare)
	printAccuracy(w, "kNN", e.KNN, e.KNNRange, "")
	if e.LinearDecay != nil {
		printAccuracy(w, "linear, L-BFGS", e.Linear, e.LinearRange, fmt.Sprintf(", weight decay %g", *e.LinearDecay))
	}
	printAccuracy(w, "linear, SGD", e.LinearSGD, e.LinearSGDRange, "")
	printAccuracy(w, fmt.Sprintf("linear, bag of %d", e.Bag), e.LinearBag, e.LinearBagRange, "")
	row := func(name, unit string, v *float64) {
		if v != nil {
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-22s %8.3f %s", name, *v, unit), " "))
		}
	}
	at := fmt.Sprintf("nats at kappa %g", cfg.Diagnostics.Kappa)
	row("entropy", at, &e.Entropy)
	row("entropy, nearest", "nats (estimate)", e.EntropyKNN)
	row("entropy, log-det", "nats (upper bound)", e.EntropyLogDet)
	row("reconstruction", at, &e.Reconstruction)
	row("MI, ER bound", at, &e.MIER)
	row("MI, InfoNCE bound", at, &e.MIInfoNCE)
	row("entropy of W", "nats", e.EntropyW)
	row("reconstruction of W", "nats", e.ReconstructionW)
	row("MI with W, ER bound", "nats", e.MIERW)
	row("alignment", "", &e.Alignment)
	row("uniformity", "", &e.Uniformity)
	row("effective rank", "", &e.EffectiveRank)
}
