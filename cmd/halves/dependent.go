package main

import (
	"context"
	"math"
	"math/rand/v2"

	"entrec/mvssl/mi"
)

// draws is what an estimator says of pairs that are drawn independently of each other, and
// of pairs that share a part with all others of their batch.
type draws struct {
	Estimator   string  `json:"estimator"`
	Truth       float64 `json:"truth"`
	Independent mean    `json:"independent"`
	Dependent   mean    `json:"dependent"`
}

// mean is one over batches, in nats, and its standard error.
type mean struct {
	Value float64 `json:"value"`
	Error float64 `json:"standard_error"`
}

// estimate asks the estimator, with a separable critic that is trained for so many steps, of
// so many batches.
func (d *draws) estimate(ctx context.Context, steps, batches int) error {
	e, err := mi.FindEstimator(d.Estimator)
	if err != nil {
		return err
	}
	s := mi.Settings{Estimator: e, Critic: mi.Separable, K: k, Steps: steps, LR: mi.UsualLR, Batches: batches}
	for _, of := range []struct {
		shared bool
		to     *mean
	}{{false, &d.Independent}, {true, &d.Dependent}} {
		task := normals(of.shared)
		r, err := task.Measure(ctx, s)
		if err != nil {
			return err
		}
		d.Truth = task.MI
		*of.to = mean{r.Value, *r.StandardError}
	}
	return nil
}

// The correlations of the two parts of the pairs.
const partShared, partOwn = -0.5, 0.9

// normals are the pairs of Tschannen et al. (2020), section 4: sums of two normal pairs with
// variances 1, of which the first may be one for the whole batch. Whether it is or not, each
// pair is distributed in the same way, with the correlation (−0.5 + 0.9)/2.
func normals(shared bool) mi.Task {
	rho := (partShared + partOwn) / 2
	return mi.Task{
		Name: "sum of two normal pairs", X: 1, Y: 1, MI: -math.Log(1-rho*rho) / 2,
		Sample: func(rng *rand.Rand, n int) (x, y [][]float64) {
			var a, b float64
			for i := range n {
				if i == 0 || !shared {
					a, b = correlated(rng, partShared)
				}
				u, v := correlated(rng, partOwn)
				x, y = append(x, []float64{a + u}), append(y, []float64{b + v})
			}
			return x, y
		},
	}
}

// correlated draws two normal numbers of variance 1.
func correlated(rng *rand.Rand, rho float64) (a, b float64) {
	a = rng.NormFloat64()
	return a, rho*a + math.Sqrt(1-rho*rho)*rng.NormFloat64()
}
