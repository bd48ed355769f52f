package runs

import (
	"cmp"
	"context"
	"fmt"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// Evaluation is what [Evaluate] measures.
type Evaluation struct {
	// Split says which images accuracies are of: test, or val where images are held out.
	Split data.Part `json:"eval_split"`
	LabelShare
	// Accuracies are fractions of them, each with its 95 % bootstrap
	// interval: of the nearest-neighbor classifier, of a linear classifier trained
	// by L-BFGS, with the weight decay that was chosen for it, and of one trained by
	// SGD. They are nil where images have no labels.
	KNN            *float64    `json:"knn_top1"`
	KNNRange       *[2]float64 `json:"knn_top1_interval"`
	Linear         *float64    `json:"linear_top1"`
	LinearRange    *[2]float64 `json:"linear_top1_interval"`
	LinearDecay    *float64    `json:"linear_weight_decay"`
	LinearSGD      *float64    `json:"linear_sgd_top1"`
	LinearSGDRange *[2]float64 `json:"linear_sgd_top1_interval"`
	// LinearBag is that of Linear for features averaged over Bag crops; nil where there is none.
	LinearBag      *float64    `json:"linear_top1_bag"`
	LinearBagRange *[2]float64 `json:"linear_top1_bag_interval"`
	Bag            int         `json:"bag"`
	eval.MethodDiagnostics
}

// LabelShare is from how many labels the classifiers learned; nil where images have none.
type LabelShare struct {
	Labels   *int     `json:"labels"`
	Fraction *float64 `json:"labels_fraction"` // of the training images
}

// labelShare returns that of a split: see [data.Split.Labeled].
func labelShare(s *data.Split) LabelShare {
	n := s.Train.Len()
	fraction := float64(n) / float64(n+s.Unlabeled)
	return LabelShare{&n, &fraction}
}

// intervalLevel is the level of Evaluation's intervals.
const intervalLevel = 0.95

// Evaluate measures the encoder and the projections of the run in folder dir, whose
// configuration is cfg, as its checkpoint left them, on a data set of as many
// channels. The bag is the configuration's. Classifiers learn from all training images that
// the split has: see [data.Split.Labeled].
func Evaluate(ctx context.Context, cfg train.Config, split *data.Split, dir string) (Evaluation, error) {
	if cfg.Precision == train.F64 {
		return evaluate[float64](ctx, cfg, split, dir)
	}
	return evaluate[float32](ctx, cfg, split, dir)
}

func evaluate[T tensor.Float](ctx context.Context, cfg train.Config, split *data.Split, dir string) (res Evaluation, err error) {
	e, err := load[T](cfg, split, dir)
	if err != nil {
		return res, err
	}
	if split.Test == nil {
		return res, fmt.Errorf("data set %s: found no test images, expected at least %d", split.Train.Name, train.MinTest)
	}
	if n := split.Test.Len(); n < train.MinTest {
		return res, fmt.Errorf("data set %s: found %d test image, expected at least %d", split.Test.Name, n, train.MinTest)
	}
	held, err := split.Test.Subset(min(train.HeldOut, split.Test.Len()), 0)
	if err != nil {
		return res, err
	}
	res.Split = cmp.Or(split.Part, data.Test)
	if res.MethodDiagnostics, err = e.Diagnose(ctx, held, cfg.Diagnostics); err != nil {
		return res, err
	}
	if res.Bag = cfg.Report.Bag; split.Train.Labels == nil || split.Test.Labels == nil {
		return res, nil
	}
	res.LabelShare = labelShare(split)
	bank, queries, err := e.Features(ctx, split)
	if err != nil {
		return res, err
	}
	of, labels := split.Train.Labels, split.Test.Labels
	found, err := classify(ctx, bank, of, queries, labels, cfg.KNN)
	if err != nil {
		return res, err
	}
	res.KNN, res.KNNRange = &found.knn.accuracy, &found.knn.interval
	res.Linear, res.LinearRange, res.LinearDecay = &found.linear.accuracy, &found.linear.interval, &found.decay
	res.LinearSGD, res.LinearSGDRange = &found.sgd.accuracy, &found.sgd.interval
	if res.Bag == 0 {
		return res, nil
	}
	if bank, queries, err = e.BagFeatures(ctx, split, res.Bag, cfg.Seed); err != nil {
		return res, err
	}
	accuracy, _, err := eval.Linear(ctx, bank, of, queries, labels)
	bag := measuredOf(accuracy, len(labels))
	res.LinearBag, res.LinearBagRange = &bag.accuracy, &bag.interval
	return res, err
}

// measured is an accuracy with its interval.
type measured struct {
	accuracy float64
	interval [2]float64
}

func measuredOf(accuracy float64, images int) measured {
	lo, hi := eval.Interval(accuracy, images, intervalLevel)
	return measured{accuracy, [2]float64{lo, hi}}
}

// classified is what classifiers come to: of nearest neighbors, and linear ones trained by
// L-BFGS, with the weight decay that was chosen, and by SGD.
type classified struct {
	knn, linear, sgd measured
	decay            float64
}

// classify measures features of a bank with classes on queries with labels.
func classify[T tensor.Float](ctx context.Context, bank *tensor.Tensor[T], of []int, queries *tensor.Tensor[T], labels []int, cfg eval.KNNConfig) (c classified, err error) {
	knn, err := eval.KNN(ctx, bank, of, queries, labels, cfg)
	if err != nil {
		return c, err
	}
	linear, decay, err := eval.Linear(ctx, bank, of, queries, labels)
	if err != nil {
		return c, err
	}
	sgd, err := eval.LinearSGD(ctx, bank, of, queries, labels)
	n := len(labels)
	return classified{measuredOf(knn, n), measuredOf(linear, n), measuredOf(sgd, n), decay}, err
}

// load returns what looks at the networks of the run in a folder through a data set whose
// images have as many channels, of any size.
func load[T tensor.Float](cfg train.Config, split *data.Split, dir string) (*eval.Evaluator[T], error) {
	n, err := train.Load[T](dir, cfg)
	if err != nil {
		return nil, err
	}
	return evaluator(cfg, n.Method, split.Train)
}

// evaluator returns what looks at the networks of a run through a data set.
func evaluator[T tensor.Float](cfg train.Config, m mvssl.Method[T], d *data.Dataset) (*eval.Evaluator[T], error) {
	in := cfg.Model.Encoder
	if d.Channels != in.Channels {
		return nil, fmt.Errorf("data set %s: found images of %d channels, expected the %d that the encoder was trained on", d.Name, d.Channels, in.Channels)
	}
	return eval.NewEvaluator(m, cfg.Views, d.Channels, in.Height, cfg.Resize)
}
