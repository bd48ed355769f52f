package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/simd"
)

// BYOL are the parameters of byol: those of its branches.
type BYOL struct {
	EMA         float64     `json:"ema" default:"auto" auto:"by the run's length" range:"[0, 1]" doc:"base momentum of the target" remedy:"a larger --ema"`
	EMASchedule EMASchedule `json:"ema_schedule" default:"cosine" doc:"how the momentum goes over the run: to 1 by half a cosine, or constant"`
	Predictor   int         `json:"predictor" default:"512" range:"[0, 65536]" doc:"hidden width of the predictor; 0 for none"`
	// StopGradient says whether the target is a constant. Without it gradients flow through
	// the target too, whose parameters are (1 − momentum) times the online ones and what
	// they were before: so much of what reaches them is the online ones'.
	StopGradient Switch `json:"stop_gradient" default:"on" doc:"whether no gradient flows through the target; off: (1 - momentum) of it goes to the parameters that it follows"`
}

// Choose sets the base momentum.
func (p *BYOL) Choose(s Setting) { p.EMA = EMABase(s.Steps, 0.8) }

var byolRow = Row{
	Name: "byol", Branches: EMATarget, Projections: OnSphere, Objective: "regression",
	Paper:      "Grill et al. 2020, arXiv:2006.07733",
	Parameters: BYOL{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true, Views: BYOLViews,
	New32: newBYOL[float32], New64: newBYOL[float64],
}

func newBYOL[T Float](b Build) (Method[T], error) {
	return newPredicting(b, b.Parameters.(BYOL), regression[T]{})
}

// pair is something of each of the two whole views, (n, d).
type pair[T Float] [wholeViews]*autograd.Var[T]

// predictionObjective is an objective of the predictions p from each of two views
// and of a target's projections z of each, constants where no gradient is to reach them;
// none is normalized.
// It is the value in which byol and byol-er differ.
type predictionObjective[T Float] interface {
	Loss(p, z pair[T]) Result[T]
}

// predicting is a method with BYOL's branches: an online one with a predictor, and a
// target that follows its encoder and projector.
type predicting[T Float] struct {
	Backbone[T]
	predictor  predictor[T]
	target     Target[T]
	parameters BYOL
	objective  predictionObjective[T]
}

var (
	_ Updater   = (*predicting[float32])(nil)
	_ Freezer   = (*predicting[float32])(nil)
	_ Plateaued = (*predicting[float32])(nil)
)

func newPredicting[T Float](b Build, p BYOL, o predictionObjective[T]) (Method[T], error) {
	n, err := NewBackbone[T](b)
	if err != nil {
		return nil, err
	}
	t, err := NewTarget(&n, b)
	return &predicting[T]{n, newPredictor[T](b, p.Predictor), t, p, o}, err
}

func (m *predicting[T]) Loss(b Batch[T]) Result[T] {
	p := b.ByView(m.predictor.Forward(training, m.Forward(training, b.Whole())))
	z := b.ByView(m.targets(b.Whole()))
	return overPairs(p, func(i, j int) Result[T] { return m.objective.Loss(pair[T]{p[i], p[j]}, pair[T]{z[i], z[j]}) })
}

// targets returns the target's projections of images, constants with StopGradient.
func (m *predicting[T]) targets(images *autograd.Var[T]) *autograd.Var[T] {
	if m.parameters.StopGradient == On {
		return m.target.Projections(images)
	}
	return m.target.Forward(training, images)
}

// Freeze hands on the gradients that reached the target's parameters.
func (m *predicting[T]) Freeze(p Progress) {
	if m.parameters.StopGradient == On {
		return
	}
	share := T(1 - m.parameters.EMASchedule.At(m.parameters.EMA, p))
	online := m.Backbone.Parameters()
	for i, of := range m.target.Parameters() {
		simd.Axpy(online[i].Var.Grad.Data(), share, of.Var.Grad.Data())
		of.Var.ZeroGrad()
	}
}

// Update lets the target follow the new parameters.
func (m *predicting[T]) Update(p Progress) {
	m.target.Follow(&m.Backbone, m.parameters.EMASchedule.At(m.parameters.EMA, p))
}

// Schedules returns the target's momentum, and what the objective has.
func (m *predicting[T]) Schedules(p Progress) []Term {
	return append([]Term{{emaSchedule, m.parameters.EMASchedule.At(m.parameters.EMA, p)}}, schedules(m.objective, p)...)
}

// Parameters returns those of the online branch.
func (m *predicting[T]) Parameters() []nn.Named[T] { return Trained(m.online) }

func (m *predicting[T]) online(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.predictor.State(prefix+"predictor.", visit)
}

// State visits the online branch and, under "target.", the target.
func (m *predicting[T]) State(prefix string, visit nn.Visitor[T]) {
	m.online(prefix, visit)
	m.target.State(prefix+"target.", visit)
}

// CollapsedLoss is the objective's.
func (m *predicting[T]) CollapsedLoss() (loss float64, known bool) { return collapsedLoss(m.objective) }

// regression is the objective of BYOL (Grill et al., 2020): the prediction from each
// view is drawn toward the target's projection of the other, the sum of both
// directions. That is the reconstruction alone, with q von Mises–Fisher around the
// prediction; nothing raises the entropy, and yet it stays (the ER paper, section
// 3.3).
type regression[T Float] struct{}

func (regression[T]) Loss(p, z pair[T]) Result[T] {
	var loss *autograd.Var[T]
	if z[0].NeedsGrad() {
		loss = autograd.Scale(autograd.Add(cosineDistance(p[0], z[1]), cosineDistance(p[1], z[0])), 2)
	} else {
		loss = autograd.Add(objective.BYOL(p[0], z[1].Value), objective.BYOL(p[1], z[0].Value))
	}
	return Result[T]{Loss: loss, Terms: []Term{{"regression", item(loss)}}}
}

// CollapsedLoss is 0: what is constant is predicted without error.
func (regression[T]) CollapsedLoss() (loss float64, known bool) { return 0, true }
