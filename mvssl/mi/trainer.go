package mi

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// trainer has an estimator's critic, or density, and trains it batch by batch.
type trainer struct {
	e        Estimator
	critic   Critic
	scorer   scorer
	scoring  scoring
	baseline *nn.MLP[float32] // of tuba
	density  *normalDensity
	kappa    float64  // of what is fixed
	entropy  *float64 // of Y
	tape     *autograd.Tape[float32]
	params   []nn.Named[float32]
	adam     nn.Optimizer[float32]
}

// newTrainer returns one for dx and dy numbers.
func newTrainer(e Estimator, c Critic, rng *rand.Rand, dx, dy int, kappa float64, entropy *float64) *trainer {
	t := &trainer{e: e, critic: c, kappa: kappa, entropy: entropy, tape: autograd.NewTape[float32]()}
	visit := func(name string, v *autograd.Var[float32]) {
		if v.NeedsGrad() {
			t.params = append(t.params, nn.Named[float32]{Name: name, Var: v})
		}
	}
	switch {
	case e.scores != nil:
		t.scorer, t.scoring = newScorer(c, rng, dx, dy, kappa, e.optimum), e.scores()
		t.scorer.State("critic.", visit)
		if e.Name == "tuba" {
			t.baseline = newMLP(rng, dx, hidden, hidden, 1)
			t.baseline.State("baseline.", visit)
		}
	case c == Normal:
		t.density = newNormalDensity(rng, dx, dy)
		t.density.State("density.", visit)
	}
	var err error
	if t.adam, err = nn.NewOptimizer(t.params, nn.OptimizerConfig{Name: nn.OptimizerAdamW}); err != nil {
		panic(err) // the configuration is ours
	}
	return t
}

// trained reports whether there is anything to train.
func (t *trainer) trained() bool { return len(t.params) > 0 }

// step moves the critic by a batch, and returns what the batch was estimated at before.
func (t *trainer) step(x, y [][]float64, lr float64) (estimate float64, err error) {
	t.tape.Reset()
	goal, estimate := t.goal(x, y)
	if !finite(estimate) {
		return 0, fmt.Errorf("the estimate is %v, expected a finite number: a lower learning rate may help", estimate)
	}
	t.tape.Backward(autograd.Scale(goal, -1))
	t.adam.Step(lr, 0)
	for _, p := range t.params {
		p.ZeroGrad()
	}
	return estimate, nil
}

// goal returns what is to be made large, and the estimate of a batch.
func (t *trainer) goal(x, y [][]float64) (*autograd.Var[float32], float64) {
	vx, vy := t.tape.Constant(matrix[float32](x)), t.tape.Constant(matrix[float32](y))
	if t.density != nil {
		return t.density.logLikelihood(vx, vy), t.e.density(t.conditional(x, y))
	}
	v := t.score(t.scoring, vx, vy)
	return v, float64(v.Value.Item())
}

func (t *trainer) score(by scoring, x, y *autograd.Var[float32]) *autograd.Var[float32] {
	baseline := t.tape.Constant(tensor.New[float32](x.Value.Dim(0)))
	if t.baseline != nil {
		baseline = autograd.Reshape(t.baseline.Forward(nn.Context{Training: true}, x), x.Value.Dim(0))
	}
	return by(t.scorer.scores(x, y), baseline)
}

// worth returns how good the critic is on a batch: its estimate, or the log-likelihood of a
// density.
func (t *trainer) worth(x, y [][]float64) float64 {
	if t.density == nil {
		return t.estimate(x, y)
	}
	t.tape.Reset()
	return float64(t.density.logLikelihood(t.tape.Constant(matrix[float32](x)), t.tape.Constant(matrix[float32](y))).Value.Item())
}

// estimate returns what the estimator says of a batch, and trains nothing.
func (t *trainer) estimate(x, y [][]float64) float64 {
	t.tape.Reset()
	if t.scorer == nil {
		return t.e.density(t.conditional(x, y))
	}
	v := t.score(t.e.scores(), t.tape.Constant(matrix[float32](x)), t.tape.Constant(matrix[float32](y)))
	return float64(v.Value.Item())
}

// conditional returns the density of a batch.
func (t *trainer) conditional(x, y [][]float64) *conditional {
	c := &conditional{y: constant(matrix[float64](y)), kappa: t.kappa, sphere: t.density == nil, entropy: t.entropy}
	if t.density == nil {
		c.centers = constant(matrix[float64](x))
		return c
	}
	frozen := autograd.NewFrozenTape[float32]()
	centers := t.density.center.Forward(nn.Context{}, frozen.Constant(matrix[float32](x)))
	c.centers = constant(tensor.Convert[float64](centers.Value))
	c.kappa = math.Exp(float64(t.density.logKappa.Value.Item()))
	return c
}

// matrix returns rows as a tensor.
func matrix[T objective.Float](rows [][]float64) *tensor.Tensor[T] {
	flat := make([]T, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		for _, v := range row {
			flat = append(flat, T(v))
		}
	}
	return tensor.FromSlice(flat, len(rows), len(rows[0]))
}

func constant(x *tensor.Tensor[float64]) *autograd.Var[float64] {
	return &autograd.Var[float64]{Value: x}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
