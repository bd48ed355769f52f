package train

import (
	"context"
	"path/filepath"

	"entrec/mvssl/data"
	"entrec/tensor"
)

// Evaluation is what [Evaluate] measures.
type Evaluation struct {
	KNN float64 `json:"knn_top1"` // fraction of the test images
	Diagnostics
}

// Evaluate measures the encoder and the projections of the run in folder dir, as
// its checkpoint left them, on a data set of the same shape of images.
func Evaluate(ctx context.Context, cfg Config, split *data.Split, dir string) (Evaluation, error) {
	if err := cfg.Complete(split.Train); err != nil {
		return Evaluation{}, err
	}
	if cfg.Precision == "f64" {
		return evaluate[float64](ctx, cfg, split, dir)
	}
	return evaluate[float32](ctx, cfg, split, dir)
}

func evaluate[T tensor.Float](ctx context.Context, cfg Config, split *data.Split, dir string) (Evaluation, error) {
	t, err := assemble[T](&cfg, split, Options{Out: dir})
	if err != nil {
		return Evaluation{}, err
	}
	if _, err := readCheckpoint(filepath.Join(dir, checkpointFile), &cfg, t.state); err != nil {
		return Evaluation{}, err
	}
	var res Evaluation
	res.Diagnostics = t.diagnose()
	res.KNN, err = t.knn(ctx, split)
	return res, err
}
