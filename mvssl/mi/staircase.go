package mi

import (
	"context"
	"fmt"
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
	// Curve are means of the estimates in equal stretches of the training; of the staircase.
	Curve []float64 `json:"curve,omitempty"`
}

// stretches is how many points a curve has, and the share of a step of the staircase, of
// which the last one is judged.
const stretches, judged = 40, 4

// climb trains one critic on from task to task, and judges the last quarter of the steps of
// each by the batches that it was about to be trained on. The tasks are of equal
// dimensions. Where an estimate is not finite, the tasks that follow have failed too.
func (s *Settings) climb(ctx context.Context, tasks []Task) ([]Cell, error) {
	rng := rand.New(rand.NewPCG(s.Seed, 1))
	first := tasks[0]
	t, err := s.trainer(&source{dx: first.X, dy: first.Y, on: first.On, entropy: first.Entropy})
	if err != nil {
		return nil, err
	}
	var cells []Cell
	failed := ""
	for i, task := range tasks {
		cell := Cell{Task: task.Name, Truth: task.MI, Failed: failed}
		t.entropy = task.Entropy
		values := make([]float64, 0, s.Steps)
		for step := 0; failed == "" && step < s.Steps; step++ {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			x, y := task.Sample(rng, s.K)
			v, err := t.step(x, y, s.LR)
			if err != nil {
				failed = fmt.Sprintf("step %d: %v", step+1, err)
				cell.Failed = failed
			}
			values = append(values, v)
			if s.Progress != nil {
				s.Progress(i*s.Steps+step+1, len(tasks)*s.Steps)
			}
		}
		if failed == "" {
			cell.judge(values)
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

// judge sets what is told of the estimates of a step of the staircase.
func (c *Cell) judge(values []float64) {
	mean, variance := stat.MeanVariance(values[len(values)-len(values)/judged:], nil)
	c.Mean, c.Variance = &mean, &variance
	for i := range stretches {
		lo, hi := i*len(values)/stretches, (i+1)*len(values)/stretches
		if hi > lo {
			c.Curve = append(c.Curve, stat.Mean(values[lo:hi], nil))
		}
	}
}

// each asks the estimator of tasks one by one, by a critic of its own each.
func (s *Settings) each(ctx context.Context, tasks []Task) ([]Cell, error) {
	var cells []Cell
	progress := s.Progress
	for i, task := range tasks {
		one := *s
		one.Progress = func(done, total int) {
			if progress != nil {
				progress(i*total+done, len(tasks)*total)
			}
		}
		cell := Cell{Task: task.Name, Truth: task.MI}
		r, err := task.Measure(ctx, one)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			cell.Failed = err.Error()
		default:
			cell.Mean = &r.Value
			if r.StandardError != nil {
				v := *r.StandardError * *r.StandardError
				if r.Critic != nil {
					v *= testBatches
				}
				cell.Variance = &v
			}
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

// Bias is the mean less the truth.
func (c Cell) Bias() float64 { return *c.Mean - c.Truth }

// Error is the root of the mean square of what a single estimate is off.
func (c Cell) Error() float64 { return math.Sqrt(c.Bias()*c.Bias() + *c.Variance) }
