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

// intervalLevel is the level of Evaluation's intervals.
const intervalLevel = 0.95

// Evaluate measures the encoder and the projections of the run in folder dir, whose
// configuration is cfg, as its checkpoint left them, on a data set of as many
// channels. The bag is the configuration's.
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
	bank, queries, err := e.Features(ctx, split)
	if err != nil {
		return res, err
	}
	of, labels := split.Train.Labels, split.Test.Labels
	measured := func(at **float64, interval **[2]float64, accuracy float64, err error) error {
		lo, hi := eval.Interval(accuracy, len(labels), intervalLevel)
		*at, *interval = &accuracy, &[2]float64{lo, hi}
		return err
	}
	accuracy, err := eval.KNN(ctx, bank, of, queries, labels, cfg.KNN)
	if err := measured(&res.KNN, &res.KNNRange, accuracy, err); err != nil {
		return res, err
	}
	accuracy, decay, err := eval.Linear(ctx, bank, of, queries, labels)
	if err := measured(&res.Linear, &res.LinearRange, accuracy, err); err != nil {
		return res, err
	}
	res.LinearDecay = &decay
	accuracy, err = eval.LinearSGD(ctx, bank, of, queries, labels)
	if err := measured(&res.LinearSGD, &res.LinearSGDRange, accuracy, err); err != nil || res.Bag == 0 {
		return res, err
	}
	if bank, queries, err = e.BagFeatures(ctx, split, res.Bag, cfg.Seed); err != nil {
		return res, err
	}
	accuracy, _, err = eval.Linear(ctx, bank, of, queries, labels)
	return res, measured(&res.LinearBag, &res.LinearBagRange, accuracy, err)
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
