package runs

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"

	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/view"
	"entrec/nn"
)

// WeightsEvaluation is what [EvaluateWeights] measures: accuracies as in [Evaluation], of an
// encoder without a method.
type WeightsEvaluation struct {
	Weights       string           `json:"weights"` // the file
	WeightsSHA256 string           `json:"weights_sha256"`
	Encoder       nn.EncoderConfig `json:"encoder"`
	Dim           int              `json:"dim"`  // of the features
	Size          int              `json:"size"` // that images are brought to
	Mean          []float64        `json:"mean"` // that they are normalized by
	Std           []float64        `json:"std"`

	Split data.Part `json:"eval_split"`
	LabelShare
	KNN            float64    `json:"knn_top1"`
	KNNRange       [2]float64 `json:"knn_top1_interval"`
	Linear         float64    `json:"linear_top1"`
	LinearRange    [2]float64 `json:"linear_top1_interval"`
	LinearDecay    float64    `json:"linear_weight_decay"`
	LinearSGD      float64    `json:"linear_sgd_top1"`
	LinearSGDRange [2]float64 `json:"linear_sgd_top1_interval"`
}

// WeightsOptions say what [EvaluateWeights] measures.
type WeightsOptions struct {
	Weights *nn.Weights
	// Encoder is built as far as it says; what is open is read off the weights.
	Encoder nn.EncoderConfig
	// Size is the side that images are brought to; 0 is the one that the network was made
	// for where the weights tell, and else the images' own.
	Size int
	// Mean and Std are those that images are normalized by; nil are those of an export, and
	// else those of ImageNet, by which published networks are trained as a rule.
	Mean, Std []float64
	KNN       eval.KNNConfig
}

// The mean and the standard deviation of ImageNet's channels.
var imageNetMean, imageNetStd = []float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}

// OptionError is what is wrong with a value of [WeightsOptions] that was asked for.
type OptionError struct {
	Option string // heads, size, mean or std
	Err    error
}

// Error is one line: the option, what was found and what was expected.
func (e *OptionError) Error() string { return e.Option + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *OptionError) Unwrap() error { return e.Err }

// complete fills in what is open, for a data set. The error is an [*OptionError] where a
// value that was asked for cannot be.
func (o WeightsOptions) complete(d *data.Dataset) (WeightsOptions, error) {
	asked := o
	o.Encoder = o.Weights.Complete(o.Encoder)
	if o.Size == 0 {
		o.Size = o.Encoder.Height
	}
	if o.Size == 0 {
		o.Size = d.Side()
	}
	if o.Encoder.Height == 0 {
		o.Encoder.Height, o.Encoder.ImgWidth = o.Size, o.Size
	}
	if o.Encoder.Channels == 0 {
		o.Encoder.Channels = d.Channels
	}
	if c := o.Encoder.Channels; c != d.Channels {
		return o, fmt.Errorf("data set %s: found images of %d channels, expected the %d of the weights", d.Name, d.Channels, c)
	}
	mean, std := o.Weights.MeanStd()
	if mean == nil && o.Encoder.Channels == len(imageNetMean) {
		mean, std = imageNetMean, imageNetStd
	}
	if o.Mean == nil {
		o.Mean = mean
	}
	if o.Std == nil {
		o.Std = std
	}
	if err := asked.checkNormal(o.Encoder.Channels); err != nil {
		return o, err
	}
	if len(o.Mean) != o.Encoder.Channels || len(o.Std) != o.Encoder.Channels {
		return o, fmt.Errorf("found a mean and standard deviation of %d and %d channels, expected %d", len(o.Mean), len(o.Std), o.Encoder.Channels)
	}
	o.Encoder.Complete()
	if heads := asked.Encoder.Parameters["heads"]; heads > 0 && o.Encoder.Width%heads != 0 {
		return o, &OptionError{"heads", fmt.Errorf("found %d, expected a divisor of the width %d", heads, o.Encoder.Width)}
	}
	err := o.Encoder.CheckSize(o.Size, o.Size)
	if err != nil && asked.Size > 0 {
		err = &OptionError{"size", err}
	}
	return o, err
}

// checkNormal reports a mean or a standard deviation that was asked for and that images of so
// many channels cannot be normalized by.
func (o WeightsOptions) checkNormal(channels int) error {
	for _, list := range []struct {
		name     string
		values   []float64
		min, max float64
	}{{"mean", o.Mean, -1e6, 1e6}, {"std", o.Std, 1e-6, 1e6}} {
		if list.values != nil && len(list.values) != channels {
			return &OptionError{list.name, fmt.Errorf("found %d numbers, expected %d, one a channel", len(list.values), channels)}
		}
		for _, v := range list.values {
			if !(v > list.min && v < list.max) {
				return &OptionError{list.name, fmt.Errorf("found %g, expected a number between %g and %g", v, list.min, list.max)}
			}
		}
	}
	return nil
}

// EvaluateWeights measures an encoder whose weights are in a file by the nearest-neighbor
// classifier and the linear ones of [Evaluate]. The note says what was taken of the file.
// The error is one line: what does not fit, an encoder that cannot be, a data set without
// labels or test images.
func EvaluateWeights(ctx context.Context, split *data.Split, o WeightsOptions) (res WeightsEvaluation, note string, err error) {
	switch {
	case split.Train.Labels == nil:
		return res, "", fmt.Errorf("data set %s: found training images without labels, expected labels to learn from", split.Train.Name)
	case split.Test == nil:
		return res, "", fmt.Errorf("data set %s: found no test images, and none held out, expected some to evaluate on", split.Train.Name)
	case split.Test.Labels == nil:
		return res, "", fmt.Errorf("data set %s: found test images without labels, expected labels to evaluate on", split.Test.Name)
	}
	if o, err = o.complete(split.Train); err != nil {
		return res, "", err
	}
	e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(0, 0)), o.Encoder)
	if err != nil {
		return res, "", err
	}
	if note, err = nn.LoadWeights(o.Weights, o.Encoder.Name, e); err != nil {
		return res, "", err
	}
	plain, err := view.New[float32](view.Evaluation(o.Size, o.Mean, o.Std), split.Train.Channels)
	if err != nil {
		return res, "", err
	}
	bank, err := eval.Features(ctx, e, split.Train, plain)
	if err != nil {
		return res, "", err
	}
	queries, err := eval.Features(ctx, e, split.Test, plain)
	if err != nil {
		return res, "", err
	}
	res = WeightsEvaluation{
		Weights: o.Weights.Path, WeightsSHA256: o.Weights.SHA256, Encoder: o.Encoder, Dim: e.Dim(), Size: o.Size, Mean: o.Mean, Std: o.Std, Split: cmp.Or(split.Part, data.Test),
		LabelShare: labelShare(split),
	}
	found, err := classify(ctx, bank, split.Train.Labels, queries, split.Test.Labels, o.KNN)
	if err != nil {
		return res, "", err
	}
	res.KNN, res.KNNRange = found.knn.accuracy, found.knn.interval
	res.Linear, res.LinearRange, res.LinearDecay = found.linear.accuracy, found.linear.interval, found.decay
	res.LinearSGD, res.LinearSGDRange = found.sgd.accuracy, found.sgd.interval
	return res, note, nil
}
