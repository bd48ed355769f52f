package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
)

// SimSiam are the parameters of simsiam.
type SimSiam struct {
	Predictor    int    `json:"predictor" default:"512" range:"[0, 65536]" doc:"hidden width of the predictor; 0 for none"`
	StopGradient Switch `json:"stop_gradient" default:"on" doc:"whether no gradient flows through the other view's projection"`
}

var simsiamRow = Row{
	Name: "simsiam", Branches: StopGradient, Projections: OnSphere, Objective: "cosine regression",
	Paper:      "Chen and He 2021, arXiv:2011.10566",
	Parameters: SimSiam{}, Recipe: contrastiveRecipe.WithLR(0.12), Projector: smallProjector, MoreViews: true,
	New32: newSimSiam[float32], New64: newSimSiam[float64],
}

// simsiam is BYOL without a target of its own (Chen and He, 2021): each view's
// prediction is drawn toward the other view's projection, through which no
// gradient flows.
type simsiam[T Float] struct {
	Backbone[T]
	predictor    predictor[T]
	stopGradient bool
}

var _ Plateaued = (*simsiam[float32])(nil)

func newSimSiam[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(SimSiam)
	n, err := NewBackbone[T](b)
	if err != nil {
		return nil, err
	}
	return &simsiam[T]{n, newPredictor[T](b, p.Predictor), p.StopGradient == On}, nil
}

// Loss is −½·(cos(p1, z2) + cos(p2, z1)), plus 1.
func (m *simsiam[T]) Loss(b Batch[T]) Result[T] {
	z := m.Forward(training, b.Whole())
	p := b.ByView(m.predictor.Forward(training, z))
	if m.stopGradient {
		z = autograd.StopGradient(z)
	}
	targets := b.ByView(z)
	return overPairs(p, func(i, j int) Result[T] {
		var loss *autograd.Var[T]
		if m.stopGradient {
			loss = autograd.Scale(autograd.Add(
				objective.BYOL(p[i], targets[j].Value), objective.BYOL(p[j], targets[i].Value)), 0.25)
		} else {
			loss = autograd.Scale(autograd.Add(cosineDistance(p[i], targets[j]), cosineDistance(p[j], targets[i])), 0.5)
		}
		return Result[T]{Loss: loss, Terms: []Term{{"regression", item(loss)}}}
	})
}

// cosineDistance returns the mean over rows of 1 − cos(p, z) with gradients for both:
// half the squared distance of unit rows.
func cosineDistance[T Float](p, z *autograd.Var[T]) *autograd.Var[T] {
	p, z = autograd.Normalize(p, normalizeEps), autograd.Normalize(z, normalizeEps)
	return autograd.Scale(objective.Alignment(p, z, 2), 0.5)
}

// Parameters returns those of the backbone and the predictor.
func (m *simsiam[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the backbone and, under "predictor.", the predictor.
func (m *simsiam[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.predictor.State(prefix+"predictor.", visit)
}

// CollapsedLoss is 0: what is constant is predicted without error.
func (m *simsiam[T]) CollapsedLoss() (loss float64, known bool) { return 0, true }
