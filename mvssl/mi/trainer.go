package mi

import (
	"math"
	"math/rand/v2"
	"slices"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// trainer has a critic, or a density, and trains it batch by batch for estimators that are
// trained alike.
type trainer struct {
	estimators []Estimator
	critic     Critic
	scorer     scorer
	scorings   []scoring        // of each estimator, while it is trained
	baseline   *nn.MLP[float32] // of tuba
	density    *normalDensity
	kappa      float64  // of what is fixed
	entropy    *float64 // of Y
	tape       *autograd.Tape[float32]
	params     []nn.Named[float32]
	adam       nn.Optimizer[float32]
}

// newTrainer returns one for dx and dy numbers.
func newTrainer(estimators []Estimator, c Critic, rng *rand.Rand, dx, dy int, kappa float64, entropy *float64) *trainer {
	t := &trainer{estimators: estimators, critic: c, kappa: kappa, entropy: entropy, tape: autograd.NewTape[float32]()}
	e := estimators[0]
	switch {
	case e.scores != nil:
		t.scorer, t.scorings = newScorer(c, rng, dx, dy, kappa, e.optimum), scoringsOf(estimators)
		if e.Name == "tuba" {
			t.baseline = newMLP(rng, dx, hidden, hidden, 1)
		}
	case c == Normal:
		t.density = newNormalDensity(rng, dx, dy)
	}
	t.begin()
	return t
}

// begin gathers what is to be trained, for an optimizer that has made no step.
func (t *trainer) begin() {
	t.params = nil
	visit := func(name string, v *autograd.Var[float32]) {
		if v.NeedsGrad() {
			t.params = append(t.params, nn.Named[float32]{Name: name, Var: v})
		}
	}
	if t.scorer != nil {
		t.scorer.State("critic.", visit)
	}
	if t.baseline != nil {
		t.baseline.State("baseline.", visit)
	}
	if t.density != nil {
		t.density.State("density.", visit)
	}
	var err error
	if t.adam, err = nn.NewOptimizer(t.params, nn.OptimizerConfig{Name: nn.OptimizerAdamW}); err != nil {
		panic(err) // the configuration is ours
	}
}

// trained reports whether there is anything to train.
func (t *trainer) trained() bool { return len(t.params) > 0 }

// scoringsOf returns those of estimators, made anew.
func scoringsOf(estimators []Estimator) []scoring {
	list := make([]scoring, len(estimators))
	for i, e := range estimators {
		list[i] = e.scores()
	}
	return list
}

// step moves the critic by a batch, unless no estimate is finite, and returns what the batch
// was estimated at before, by each estimator.
func (t *trainer) step(x, y [][]float64, lr float64) []float64 {
	t.tape.Reset()
	goal, estimates := t.goal(x, y)
	if !slices.ContainsFunc(estimates, finite) {
		return estimates
	}
	t.tape.Backward(autograd.Scale(goal, -1))
	t.adam.Step(lr, 0)
	for _, p := range t.params {
		p.ZeroGrad()
	}
	return estimates
}

// goal returns what is to be made large, and the estimates of a batch.
func (t *trainer) goal(x, y [][]float64) (*autograd.Var[float32], []float64) {
	vx, vy := t.inputs(x, y)
	if t.density != nil {
		centers := t.density.centers(vx)
		return t.density.logLikelihood(centers, vy), t.ofDensity(tensor.Convert[float64](centers.Value), y)
	}
	return t.ofScores(t.scorings, vx, vy)
}

// inputs returns a batch as constants.
func (t *trainer) inputs(x, y [][]float64) (vx, vy *autograd.Var[float32]) {
	return t.tape.Constant(matrix[float32](x)), t.tape.Constant(matrix[float32](y))
}

// ofScores returns what the first estimator gives its gradient to, and the estimates of all.
func (t *trainer) ofScores(by []scoring, x, y *autograd.Var[float32]) (first *autograd.Var[float32], estimates []float64) {
	baseline := t.tape.Constant(tensor.New[float32](x.Value.Dim(0)))
	if t.baseline != nil {
		baseline = autograd.Reshape(t.baseline.Forward(nn.Context{Training: true}, x), x.Value.Dim(0))
	}
	s := t.scorer.scores(x, y)
	for i, of := range by {
		v := of(s, baseline)
		if i == 0 {
			first = v
		}
		estimates = append(estimates, float64(v.Value.Item()))
	}
	return first, estimates
}

// ofDensity returns the estimates of a batch by the density around centers.
func (t *trainer) ofDensity(centers *tensor.Tensor[float64], y [][]float64) (estimates []float64) {
	c := &conditional{centers: constant(centers), y: constant(matrix[float64](y)), kappa: t.kappa, sphere: t.density == nil, entropy: t.entropy}
	if t.density != nil {
		c.kappa = math.Exp(float64(t.density.logKappa.Value.Item()))
	}
	for _, e := range t.estimators {
		estimates = append(estimates, e.density(c))
	}
	return estimates
}

// worth returns how good the critic is on a batch: the first estimate, or the log-likelihood
// of a density.
func (t *trainer) worth(x, y [][]float64) float64 {
	if t.density == nil {
		return t.estimate(x, y)[0]
	}
	t.tape.Reset()
	vx, vy := t.inputs(x, y)
	return float64(t.density.logLikelihood(t.density.centers(vx), vy).Value.Item())
}

// estimate returns what the estimators say of a batch, and trains nothing.
func (t *trainer) estimate(x, y [][]float64) []float64 {
	t.tape.Reset()
	switch vx, vy := t.inputs(x, y); {
	case t.density != nil:
		return t.ofDensity(tensor.Convert[float64](t.density.centers(vx).Value), y)
	case t.scorer == nil:
		return t.ofDensity(matrix[float64](x), y)
	default:
		_, estimates := t.ofScores(scoringsOf(t.estimators), vx, vy)
		return estimates
	}
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
