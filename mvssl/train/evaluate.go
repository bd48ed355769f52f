package train

import (
	"context"
	"fmt"
	"path/filepath"

	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/tensor"
)

// Evaluation is what [Evaluate] measures.
type Evaluation struct {
	// Accuracies are fractions of the test images, each with its 95 % bootstrap
	// interval: of the nearest-neighbor classifier, of a linear classifier trained
	// by L-BFGS, with the weight decay that was chosen for it, and of one trained by
	// SGD.
	KNN            float64    `json:"knn_top1"`
	KNNRange       [2]float64 `json:"knn_top1_interval"`
	Linear         float64    `json:"linear_top1"`
	LinearRange    [2]float64 `json:"linear_top1_interval"`
	LinearDecay    float64    `json:"linear_weight_decay"`
	LinearSGD      float64    `json:"linear_sgd_top1"`
	LinearSGDRange [2]float64 `json:"linear_sgd_top1_interval"`
	Diagnostics
}

// intervalLevel is the level of Evaluation's intervals.
const intervalLevel = 0.95

// Evaluate measures the encoder and the projections of the run in folder dir, whose
// configuration is cfg, as its checkpoint left them, on a data set of the same shape
// of images.
func Evaluate(ctx context.Context, cfg Config, split *data.Split, dir string) (Evaluation, error) {
	if cfg.Precision == "f64" {
		return evaluate[float64](ctx, &cfg, split, dir)
	}
	return evaluate[float32](ctx, &cfg, split, dir)
}

func evaluate[T tensor.Float](ctx context.Context, cfg *Config, split *data.Split, dir string) (res Evaluation, err error) {
	t, err := restore[T](cfg, dir)
	if err != nil {
		return res, err
	}
	if err := t.lookAt(split); err != nil {
		return res, err
	}
	res.Diagnostics = t.diagnose()
	bank, queries, err := t.features(ctx, split)
	if err != nil {
		return res, err
	}
	of, labels := split.Train.Labels, split.Test.Labels
	res.KNN = eval.KNN(bank, of, queries, labels, cfg.KNN)
	if res.Linear, res.LinearDecay, err = eval.Linear(ctx, bank, of, queries, labels); err != nil {
		return res, err
	}
	if res.LinearSGD, err = eval.LinearSGD(ctx, bank, of, queries, labels); err != nil {
		return res, err
	}
	for _, m := range []struct {
		accuracy float64
		interval *[2]float64
	}{{res.KNN, &res.KNNRange}, {res.Linear, &res.LinearRange}, {res.LinearSGD, &res.LinearSGDRange}} {
		m.interval[0], m.interval[1] = eval.Interval(m.accuracy, len(labels), intervalLevel)
	}
	return res, nil
}

// restore returns the run in a folder as its checkpoint left it, without data.
func restore[T tensor.Float](cfg *Config, dir string) (*trainer[T], error) {
	path := filepath.Join(dir, checkpointFile)
	at, _, err := readProgress(path)
	if err != nil {
		return nil, err
	}
	if at.Images < 1 {
		return nil, fmt.Errorf("%s: metadata progress: found %d images, expected at least 1", path, at.Images)
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	t, err := build[T](cfg, at.Images)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	_, err = readCheckpoint(path, cfg, t.state)
	return t, err
}

// lookAt makes a restored run use a data set, of images as it was trained on.
func (t *trainer[T]) lookAt(split *data.Split) error {
	if err := t.cfg.shape(split.Train); err != nil {
		return err
	}
	return t.use(split)
}
