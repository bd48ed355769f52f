package mi

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
)

// Cell is what an estimator said of a task, over many batches.
type Cell struct {
	Task  string  `json:"task"`
	Truth float64 `json:"truth"`
	// Mean and Variance are of the estimates, each of a batch of pairs that were not trained
	// on before; null where one was not finite, which Failed tells.
	Mean     *float64 `json:"mean"`
	Variance *float64 `json:"variance"`
	Failed   string   `json:"failed,omitempty"`
	// Curve are means of the estimates in equal stretches of the training, to four digits behind
	// the point; of the staircase.
	Curve []float64 `json:"curve,omitempty"`
}

// stretches is how many points a curve has, and the share of a step of the staircase, of
// which the last one is judged.
const stretches, judged = 40, 4

// climb trains one critic on from task to task, for estimators that are trained alike, and
// judges the last quarter of the steps of each by the batches that it was about to be trained
// on. The tasks are of equal dimensions. Where an estimate is not finite, the tasks that
// follow have failed too.
func (s *Settings) climb(ctx context.Context, estimators []Estimator, tasks []Task) ([][]Cell, error) {
	rng := rand.New(rand.NewPCG(s.Seed, 1))
	first := tasks[0]
	src := &source{dx: first.X, dy: first.Y, on: first.On, entropy: first.Entropy}
	for _, e := range estimators {
		if err := s.fits(e, src); err != nil {
			return nil, err
		}
	}
	t := s.newTrainer(estimators, src)
	cells, list := make([][]Cell, len(estimators)), make([]outcome, len(estimators))
	for n, task := range tasks {
		t.entropy = task.Entropy
		for i := range list {
			list[i].estimates = nil
		}
		for step := 0; step < s.Steps && !failed(list); step++ {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			x, y := task.Sample(rng, s.K)
			for i, v := range t.step(x, y, s.LR) {
				list[i].estimates = append(list[i].estimates, v)
				list[i].tellStep(v, step)
			}
			if s.Progress != nil {
				s.Progress(n*s.Steps+step+1, len(tasks)*s.Steps)
			}
		}
		for i, o := range list {
			cells[i] = append(cells[i], task.climbed(o))
		}
	}
	return cells, nil
}

// climbed returns the cell of a step of the staircase.
func (t Task) climbed(o outcome) Cell {
	c := Cell{Task: t.Name, Truth: t.MI}
	if o.err != nil {
		c.Failed = o.err.Error()
		return c
	}
	n := len(o.estimates)
	c.judge(o.estimates[n-n/judged:])
	for i := range stretches {
		lo, hi := i*n/stretches, (i+1)*n/stretches
		if hi > lo {
			c.Curve = append(c.Curve, math.Round(stat.Mean(o.estimates[lo:hi], nil)*1e4)/1e4)
		}
	}
	return c
}

// judge sets what is told of estimates.
func (c *Cell) judge(estimates []float64) {
	mean, variance := stat.MeanVariance(estimates, nil)
	c.Mean, c.Variance = &mean, &variance
}

// Bias is the mean less the truth.
func (c Cell) Bias() float64 { return *c.Mean - c.Truth }

// Error is the root of the mean square of what a single estimate is off.
func (c Cell) Error() float64 { return math.Sqrt(c.Bias()*c.Bias() + *c.Variance) }
