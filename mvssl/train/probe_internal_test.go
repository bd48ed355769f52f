package train

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/tensor"
)

// Of features that say the class the probe learns it, whatever their scale; a row is of
// the sample in its place, in every view.
func TestProbeLearns(t *testing.T) {
	for _, scale := range []float64{1e-3, 1, 1e3} {
		rng := rand.New(rand.NewPCG(1, 2))
		labels := []int{2, 0, 1, 1, 0, 2}
		p, err := newClassifier[float64]("x", 3, 3)
		require.NoError(t, err)
		features := func(views int) *tensor.Tensor[float64] {
			x := tensor.New[float64](views*len(labels), 3)
			for r := range views * len(labels) {
				x.Data()[3*r+labels[r%len(labels)]] = scale
				for j := range 3 {
					x.Data()[3*r+j] += 0.3 * scale * rng.NormFloat64()
				}
			}
			return x
		}
		const steps = 60
		samples := []int{0, 1, 2, 3, 4, 5}
		for i := range steps {
			p.seen = []*tensor.Tensor[float64]{features(2), features(1)}
			require.NoError(t, p.learn(mvssl.Batch[float64]{Progress: mvssl.Progress{Step: i, Steps: steps}, Samples: samples}, labels))
		}
		x := features(50)
		var of []int
		for range 50 {
			of = append(of, labels...)
		}
		require.Greater(t, *p.accuracy(x, of), 0.9, "scale %g", scale)

		require.ErrorContains(t, p.learn(mvssl.Batch[float64]{Samples: samples}, labels), "shows no features")
		p.seen = []*tensor.Tensor[float64]{tensor.New[float64](7, 3)}
		require.ErrorContains(t, p.learn(mvssl.Batch[float64]{Samples: samples}, labels), "shows 7 rows of features of 6 samples")
	}
	var none *probe[float64]
	require.NoError(t, none.learn(mvssl.Batch[float64]{}, nil))
	require.Nil(t, none.accuracy(nil, nil))
}

// The probe learns from the features that the pass has shown, not from what the memory of the
// batch holds later: its step is that of another on copies of them.
func TestProbeLearnsFromThePass(t *testing.T) {
	const batch = 256
	rng := rand.New(rand.NewPCG(1, 2))
	split := &data.Split{}
	for _, set := range []**data.Dataset{&split.Train, &split.Test} {
		d := &data.Dataset{Name: "made-up", Channels: 1, Height: 8, Width: 8, Classes: []string{"a", "b"}, Pixels: make([]byte, batch*64), Labels: make([]int, batch)}
		for i := range d.Pixels {
			d.Pixels[i] = byte(rng.Uint32())
		}
		for i := range d.Labels {
			d.Labels[i] = i % 2
		}
		*set = d
	}
	q := &Request{}
	for path, value := range map[string]any{"model.method": "simclr", "model.encoder.width": 8, "batch": batch, "epochs": 1, "probe": "online"} {
		q.Set(path, value)
	}
	c, _, err := Resolve(q, split)
	require.NoError(t, err)
	run, err := newTrainer[float32](c, split, Options{Out: t.TempDir()})
	require.NoError(t, err)
	defer run.close()
	var copies []*tensor.Tensor[float32]
	run.Method.(mvssl.Watched[float32]).Watch(func(features *autograd.Var[float32]) {
		run.probe.seen = append(run.probe.seen, features.Value)
		copies = append(copies, features.Value.Clone())
	})
	l := newLoader(split.Train, run.views, c.Seed, batch)
	order := data.Order(batch, c.Seed, 0)
	l.start(order, 0, 0, 1)
	defer l.end()
	_, err = run.makeStep(autograd.NewTape[float32](), l)
	require.NoError(t, err)

	other, err := newClassifier[float32]("simclr", run.Method.Encoder().Dim(), 2)
	require.NoError(t, err)
	other.seen = copies
	require.NoError(t, other.learn(mvssl.Batch[float32]{Progress: mvssl.Progress{Steps: 1}, Samples: order}, split.Train.Labels))
	require.Equal(t, other.linear.Weight.Value.Data(), run.probe.linear.Weight.Value.Data())
	require.NotZero(t, other.linear.Weight.Value.Data()[0])
}
