package train

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
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
