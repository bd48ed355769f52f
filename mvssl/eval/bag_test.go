package eval

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

// bagger returns an evaluator of an untrained method for images of 3×8×8, whose two views
// differ.
func bagger[T tensor.Float](t *testing.T, build func(mvssl.Build) (mvssl.Method[T], error), c mvssl.Config) *Evaluator[T] {
	t.Helper()
	views := mvssl.BYOLViews(c, 3, 8)
	m, err := build(mvssl.Build{Config: c, Setting: mvssl.Setting{Samples: 9, Batch: 3, Steps: 2, Views: views}, Rand: rand.New(rand.NewPCG(1, 2))})
	require.NoError(t, err)
	e, err := NewEvaluator(m, views, 3, 8, view.Shorter)
	require.NoError(t, err)
	return e
}

// requireBag: the features of bags are the means of those of crops that are evaluated by
// themselves, the same at 1 and 3 threads, and other ones with another seed.
func requireBag[T tensor.Float](t *testing.T, e *Evaluator[T]) {
	s := &data.Split{Train: madeUp(70, 3, 8), Test: madeUp(9, 3, 8)}
	means := func(d *data.Dataset, crops, epoch int) []T {
		sum := make([]float64, d.Len()*e.method.Encoder().Dim())
		for i := range crops {
			x, err := Map(t.Context(), d, e.views[i%2], view.Key{Seed: 5, Epoch: epoch, View: i}, func(x *autograd.Var[T]) *autograd.Var[T] {
				return e.method.Encoder().Forward(nn.Context{}, x)
			})
			require.NoError(t, err)
			for j, v := range x.Data() {
				sum[j] += float64(v)
			}
		}
		mean := make([]T, len(sum))
		for j, v := range sum {
			mean[j] = T(v / float64(crops))
		}
		return mean
	}
	for _, crops := range []int{1, 2, 5} {
		train, test, err := e.BagFeatures(t.Context(), s, crops, 5)
		require.NoError(t, err)
		require.Equal(t, []int{70, e.method.Encoder().Dim()}, train.Shape())
		require.Equal(t, means(s.Train, crops, -1), train.Data())
		require.Equal(t, means(s.Test, crops, -2), test.Data())
		require.NotEqual(t, train.Data()[:test.Len()], test.Data(), "the same pixels, but draws of their own")
		other, _, err := e.BagFeatures(t.Context(), s, crops, 6)
		require.NoError(t, err)
		require.NotEqual(t, train.Data(), other.Data())
		tensor.SetThreads(3)
		again, _, err := e.BagFeatures(t.Context(), s, crops, 5)
		tensor.SetThreads(1)
		require.NoError(t, err)
		require.Equal(t, train.Data(), again.Data())
	}
}

func TestBagFeatures(t *testing.T) {
	threads := tensor.Threads()
	defer tensor.SetThreads(threads)
	tensor.SetThreads(1)
	row, err := mvssl.Find("simclr")
	require.NoError(t, err)
	e := nn.EncoderConfig{Name: "convnet", Width: 4, Channels: 3, Height: 8, ImgWidth: 8}
	c, err := row.Configure(e, mvssl.ProjectorConfig{Hidden: 9, Out: 6}, nil, mvssl.Setting{Samples: 9, Batch: 3, Steps: 2})
	require.NoError(t, err)
	requireBag(t, bagger(t, row.New32, c))
	requireBag(t, bagger(t, row.New64, c))
}

// TestBagProgress: bags tell of all their crops, and end with their context.
func TestBagProgress(t *testing.T) {
	row, err := mvssl.Find("simclr")
	require.NoError(t, err)
	c, err := row.Configure(nn.EncoderConfig{Name: "mlp", Width: 4, Channels: 3, Height: 8, ImgWidth: 8}, row.Projector, nil, mvssl.Setting{Samples: 9, Batch: 3, Steps: 2})
	require.NoError(t, err)
	b := bagger(t, row.New32, c)
	s := &data.Split{Train: madeUp(100, 3, 8), Test: madeUp(9, 3, 8)}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	var told []int
	_, _, err = b.BagFeatures(WithProgress(ctx, func(what string, done, total int) {
		require.Equal(t, "crops through the network", what)
		if told = append(told, done); total == 2*9 {
			cancel(why)
		}
	}), s, 2, 0)
	require.ErrorIs(t, err, why)
	require.Equal(t, []int{0, 64, 100, 164, 0}, told)
}
