package eval

import (
	"context"

	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// Epochs of the draws of bags, which no epoch of training has.
const (
	trainBag = -1 - iota
	testBag
)

// BagFeatures returns, of all training and test images, the means (n, dim) of the
// encoder's features over bags of so many augmented crops, 1 at least: a bag of features
// (tsb0601/EMP-SSL evaluate.py, whose features are those of the projector's first layer).
// Crops are the first two views of training in turn, and what is drawn for them a function
// of the seed. Means are summed in float64. The error is that of a canceled context.
func (e *Evaluator[T]) BagFeatures(ctx context.Context, s *data.Split, crops int, seed uint64) (train, test *tensor.Tensor[T], err error) {
	train, err = e.bag(ctx, s.Train, crops, view.Key{Seed: seed, Epoch: trainBag})
	if err == nil {
		test, err = e.bag(ctx, s.Test, crops, view.Key{Seed: seed, Epoch: testBag})
	}
	return train, test, err
}

func (e *Evaluator[T]) bag(ctx context.Context, d *data.Dataset, crops int, key view.Key) (*tensor.Tensor[T], error) {
	var features *tensor.Tensor[T]
	var sum []float64
	for i := range crops {
		key.View = i
		part := WithProgress(ctx, func(_ string, done, total int) {
			tell(ctx, "crops through the network", i*total+done, crops*total)
		})
		var err error
		if features, err = e.crop(part, d, key); err != nil {
			return nil, err
		}
		if sum == nil {
			sum = make([]float64, features.Len())
		}
		for j, v := range features.Data() {
			sum[j] += float64(v)
		}
	}
	for j, v := range sum {
		features.Data()[j] = T(v / float64(crops))
	}
	return features, nil
}

// crop returns the encoder's features of the key's view of all images.
func (e *Evaluator[T]) crop(ctx context.Context, d *data.Dataset, key view.Key) (*tensor.Tensor[T], error) {
	return features(ctx, e.method.Encoder(), d, e.views[key.View%len(e.views)], key)
}
