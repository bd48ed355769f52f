package mvssl

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
)

var simsiamRow = Row{
	Name:        "simsiam",
	Branches:    "predictor; no gradient through the other branch",
	Projections: "as they are, on the sphere",
	Objective:   "cosine regression",
	Paper:       "Chen and He 2021, arXiv:2011.10566",

	Hyperparameters: []string{"predictor"},
	Defaults: func() (Config, Recipe) {
		recipe := contrastiveRecipe
		recipe.LR = 0.12
		return Config{Projector: smallProjector, Predictor: 512}, recipe
	},
	New32: newSimSiam[float32], New64: newSimSiam[float64],
}

// simsiam is BYOL without a target of its own (Chen and He, 2021): each view's
// prediction is drawn toward the other view's projection, through which no
// gradient flows.
type simsiam[T Float] struct {
	backbone[T]
	predictor *nn.Projector[T]
}

func newSimSiam[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &simsiam[T]{b, newPredictor[T](rng, c)}, err
}

// Loss is −½·(cos(p1, z2) + cos(p2, z1)), plus 1.
func (m *simsiam[T]) Loss(b Batch[T]) Result[T] {
	z := m.Forward(training, b.Groups[0])
	p := split(m.predictor.Forward(training, z), b)
	targets := split(autograd.StopGradient(z), b)
	loss := autograd.Scale(autograd.Add(
		objective.BYOL(p[0], targets[1].Value), objective.BYOL(p[1], targets[0].Value)), 0.25)
	return Result[T]{Loss: loss, Terms: []Term{{"regression", item(loss)}}}
}

func (m *simsiam[T]) Parameters() []nn.Named[T] { return parameters(m.State) }

// State visits the backbone and, under "predictor.", the predictor.
func (m *simsiam[T]) State(prefix string, visit nn.Visitor[T]) {
	m.backbone.State(prefix, visit)
	m.predictor.State(prefix+"predictor.", visit)
}

// CollapsedLoss is 0: what is constant is predicted without error.
func (m *simsiam[T]) CollapsedLoss() float64 { return 0 }
