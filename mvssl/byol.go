package mvssl

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

var byolRow = Row{
	Name:        "byol",
	Branches:    "EMA target, predictor",
	Projections: "as they are, on the sphere",
	Objective:   "regression",
	Paper:       "Grill et al. 2020, arXiv:2006.07733",

	Hyperparameters: []string{"ema", "predictor"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Predictor: 512}, adamRecipe
	},
	Fit: func(c *Config, s Setting) {
		if c.EMA == 0 {
			c.EMA = emaBase(s.Steps, 0.8)
		}
	},
	Views: asymmetricViews,
	New32: newBYOL[float32], New64: newBYOL[float64],
}

// byolBranches are BYOL's networks: an online branch with a predictor, and a
// target that follows its encoder and projector.
type byolBranches[T Float] struct {
	backbone[T]
	predictor nn.Module[T]
	target    target[T]
	ema       float64
}

func newBYOLBranches[T Float](rng *rand.Rand, c Config) (byolBranches[T], error) {
	b, err := newBackbone[T](rng, c)
	if err != nil {
		return byolBranches[T]{}, err
	}
	t, err := newTarget(&b, c)
	return byolBranches[T]{b, newPredictor[T](rng, c), t, c.EMA}, err
}

// newPredictor builds the network that predicts one projection from another.
func newPredictor[T Float](rng *rand.Rand, c Config) *nn.Projector[T] {
	return nn.NewProjector[T](rng, c.Projector.Out, c.Predictor, c.Projector.Out)
}

// forward returns the predictions from, and the target's projections of, each
// view, not normalized.
func (m *byolBranches[T]) forward(b Batch[T]) (predictions []*autograd.Var[T], targets []*tensor.Tensor[T]) {
	predictions = split(m.predictor.Forward(training, m.Forward(training, b.Groups[0])), b)
	z, n := m.target.project(b.Groups[0]), len(b.Samples)
	return predictions, []*tensor.Tensor[T]{z.Slice(0, 0, n), z.Slice(0, n, 2*n)}
}

// Update lets the target follow the new parameters, with a momentum that rises
// from its base to 1 by half a cosine over the run (byol/utils/schedules.py).
func (m *byolBranches[T]) Update(p Progress) {
	m.target.follow(&m.backbone, nn.Cosine(p.Step, p.Steps, m.ema, 1))
}

// Parameters returns those of the online branch.
func (m *byolBranches[T]) Parameters() []nn.Named[T] { return parameters(m.online) }

func (m *byolBranches[T]) online(prefix string, visit nn.Visitor[T]) {
	m.backbone.State(prefix, visit)
	m.predictor.State(prefix+"predictor.", visit)
}

// State visits the online branch and, under "target.", the target.
func (m *byolBranches[T]) State(prefix string, visit nn.Visitor[T]) {
	m.online(prefix, visit)
	m.target.State(prefix+"target.", visit)
}

// byol is BYOL (Grill et al., 2020): the prediction from each view is drawn toward
// the target's projection of the other, the sum of both directions. That is the
// reconstruction alone, with q von Mises–Fisher around the prediction; nothing
// raises the entropy, and yet it stays (the ER paper, section 3.3).
type byol[T Float] struct{ byolBranches[T] }

func newBYOL[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBYOLBranches[T](rng, c)
	return &byol[T]{b}, err
}

func (m *byol[T]) Loss(b Batch[T]) Result[T] {
	p, z := m.forward(b)
	loss := autograd.Add(objective.BYOL(p[0], z[1]), objective.BYOL(p[1], z[0]))
	return Result[T]{Loss: loss, Terms: []Term{{"regression", item(loss)}}}
}

// CollapsedLoss is 0: what is constant is predicted without error.
func (m *byol[T]) CollapsedLoss() float64 { return 0 }
