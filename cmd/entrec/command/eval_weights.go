package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
	"entrec/mvssl/view"
	"entrec/nn"
)

// weightsFlags are the flags of eval that name an encoder without a run.
type weightsFlags struct {
	file, encoder string
	heads, size   int
	mean, std     []float64
}

func (w *weightsFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&w.file, "weights", "", "evaluate these weights in place of a run: safetensors of torchvision's, timm's or DINO's names, or an export")
	fs.StringVar(&w.encoder, "encoder", "", "encoder of --weights: "+strings.Join(nn.EncoderNames(), ", ")+" (default what an export says)")
	fs.IntVar(&w.heads, "heads", 0, "attention heads of a vit of --weights (default one for 64 features)")
	fs.IntVar(&w.size, "size", 0, "side that images are brought to for --weights (default what the network was made for, or the images')")
	fs.Float64SliceVar(&w.mean, "mean", nil, "mean of each channel, on a scale of 0 to 1, for --weights (default an export's, or ImageNet's)")
	fs.Float64SliceVar(&w.std, "std", nil, "standard deviation of each channel for --weights (default an export's, or ImageNet's)")
	complete(cmd, "encoder", nn.EncoderNames())
	for _, flag := range weightsOnly {
		group(cmd, flag, groupWeights)
	}
	group(cmd, "weights", groupWeights)
}

// weightsOnly are the flags that mean nothing to a run.
var weightsOnly = []string{"encoder", "heads", "size", "mean", "std"}

// check reports flags that do not go together.
func (w *weightsFlags) check(cmd *cobra.Command, f *lookFlags, args []string) error {
	if w.file == "" {
		for _, flag := range weightsOnly {
			if cmd.Flags().Changed(flag) {
				return fmt.Errorf("--%s: found a value without --weights, expected none: a run knows its encoder", flag)
			}
		}
		return cobra.ExactArgs(1)(cmd, args)
	}
	for _, flag := range []string{"split", "bag"} {
		if cmd.Flags().Changed(flag) {
			return fmt.Errorf("--%s: found a value beside --weights, expected none: it is a run's", flag)
		}
	}
	switch {
	case len(args) > 0:
		return usageError{fmt.Errorf("--weights: found %s beside the run %s, expected one of them", w.file, args[0]), cmd.UseLine()}
	case f.data == "":
		return usageError{errors.New("--weights: found no --data, expected the data set to evaluate on"), cmd.UseLine()}
	case cmd.Flags().Changed("heads") && w.heads < 1:
		return fmt.Errorf("--heads: found %d, expected at least 1", w.heads)
	case cmd.Flags().Changed("size") && (w.size < 1 || w.size > view.MaxSize):
		return fmt.Errorf("--size: found %d, expected 1 to %d", w.size, view.MaxSize)
	}
	return nil
}

// evaluate evaluates the weights by classifiers that learn from some labels.
func (w *weightsFlags) evaluate(cmd *cobra.Command, f *lookFlags, labels labelsFlag) error {
	weights, err := nn.ReadWeights(w.file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--weights: %w", err)
	}
	if err != nil {
		return failed(err)
	}
	c := nn.EncoderConfig{Name: w.encoder}
	if c.Name == "" {
		c.Name = weights.Encoder()
	}
	if c.Name == "" {
		return usageError{fmt.Errorf("--encoder: found nothing, and %s does not say which it is; expected one of %s", w.file, strings.Join(nn.EncoderNames(), ", ")), cmd.UseLine()}
	}
	row, err := nn.FindEncoder(c.Name)
	if err != nil {
		return fmt.Errorf("%w%s", err, meant(c.Name, nn.EncoderNames()))
	}
	if w.heads > 0 {
		if !slices.ContainsFunc(row.Parameters, func(p nn.EncoderParameter) bool { return p.Name == "heads" }) {
			return fmt.Errorf("--heads: found %d for %s, expected none: it has no attention", w.heads, c.Name)
		}
		c.Set("heads", w.heads)
	}
	if err := f.check(); err != nil {
		return err
	}
	split, err := f.load(cmd.Context(), cmd.ErrOrStderr(), f.data)
	if err != nil {
		return err
	}
	if split, err = heldOut(split); err != nil {
		return failed(err)
	}
	if split, err = labels.of(split); err != nil {
		return err
	}
	progress := newScreen(cmd.ErrOrStderr())
	res, note, err := runs.EvaluateWeights(eval.WithProgress(cmd.Context(), progress.phase), split, runs.WeightsOptions{
		Weights: weights, Encoder: c, Size: w.size, Mean: w.mean, Std: w.std, KNN: eval.KNNConfig{K: 200, Temperature: 0.1},
	})
	progress.end()
	var option *runs.OptionError
	if errors.As(err, &option) {
		return fmt.Errorf("--%s: %w", option.Option, option.Err)
	}
	if err != nil {
		return failed(err)
	}
	fmt.Fprintln(cmd.ErrOrStderr(), note)
	if f.json {
		return printJSON(cmd, res)
	}
	printWeights(cmd.OutOrStdout(), res)
	return nil
}

// heldOut returns a data set with test images: of one that has labels and no test images,
// those that training holds out where nobody says which.
func heldOut(full *data.Split) (*data.Split, error) {
	if full.Test != nil || full.Train.Labels == nil {
		return full, nil
	}
	holdout, err := train.UsualHoldout(full)
	if err != nil {
		return nil, err
	}
	return full.Select(holdout, nil)
}

func printWeights(w io.Writer, e runs.WeightsEvaluation) {
	fmt.Fprintf(w, "%s of width %d, %d features, of images of %d×%d normalized by %.3v and %.3v\n", e.Encoder.Name, e.Encoder.Width, e.Dim, e.Size, e.Size, e.Mean, e.Std)
	printOf(w, e.Split, e.LabelShare)
	printAccuracy(w, "kNN", &e.KNN, &e.KNNRange, "")
	printAccuracy(w, "linear, L-BFGS", &e.Linear, &e.LinearRange, fmt.Sprintf(", weight decay %g", e.LinearDecay))
	printAccuracy(w, "linear, SGD", &e.LinearSGD, &e.LinearSGDRange, "")
}
